"""The process that measures, for real: its messages arrive in order, and it never outlives who started it."""

import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.messages import EnvironmentRead, Finished, Message, RowMeasured
from bench.notices import Refused, Summary
from bench.runner import process as module
from bench.runner.process import Died, measuring
from bench.runner.task import Task
from tests.unit.tiny_experiments import MANY, VERDICT, counted, tiny


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller's turns come quickly, so that these tests need not wait for one."""
    monkeypatch.setattr(module, "TICK", 0.02)


def messages(task: Task) -> list[Message]:
    return [message for message in measuring(task) if message is not None]


def begun(sent: Iterator[Message | None]) -> int:
    """The process of the experiment `waiting`, once it is at it."""
    for message in sent:
        if isinstance(message, Refused):
            return int(message.text)
    raise AssertionError("it ended before")


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_message_arrives_in_its_order_and_the_end_comes_last() -> None:
    described, *sent, summary, verdict, end = messages(tiny("counting"))
    assert sent == counted()
    assert isinstance(summary, Summary), f"wanted the summary last but for the verdict, got {summary}"
    assert [row["answered"] for row in summary.rows] == [MANY]
    assert len(summary.sentences) > 0
    assert (verdict, end) == (VERDICT, Finished(noise=VERDICT.document()))
    # What is measured is described also where no contender responds.
    assert isinstance(described, EnvironmentRead)
    environment = described.environment
    assert environment.keys() >= {"cores", "cpu_model", "memory_mb", "kernel", "load_before", "contenders", "pinned"}
    assert (environment["cores"], environment["generator"]["python"]) == (os.cpu_count(), platform.python_version())
    wanted = "nginx is unreachable (ConnectionRefusedError): docker compose ps --all nginx"
    assert environment["nginx"] == {"error": wanted}


def test_the_caller_has_its_turn_while_nothing_comes_and_closing_ends_the_process() -> None:
    sent = measuring(tiny("waiting"))
    pid = begun(sent)
    assert [next(sent), next(sent)] == [None, None]
    assert lives(pid)
    sent.close()  # type: ignore[attr-defined]  # it is a generator
    assert not lives(pid), f"wanted process {pid} ended with the iterator"


def test_a_process_that_ends_without_its_last_message_is_an_error_with_its_exit_code() -> None:
    sent = measuring(tiny("waiting"))
    os.kill(begun(sent), signal.SIGKILL)
    with pytest.raises(Died, match="exited with code -9"):
        list(sent)
    with pytest.raises(Died, match="exited with code 3"):
        messages(tiny("leaving"))


def test_an_experiment_that_fails_says_why_and_on_what_it_was_measured() -> None:
    described, *sent, end = messages(tiny("failing"))
    assert isinstance(described, EnvironmentRead)
    assert len(sent) == 1, "wanted what was measured before"
    assert end == Finished(error="ValueError: no water")


def test_parameters_that_are_wrong_are_the_end() -> None:
    (end,) = messages(tiny("misread"))
    assert isinstance(end, Finished)
    assert end.error is not None
    assert "requests" in end.error


def test_an_interrupt_is_the_caller_s_to_decide() -> None:
    _, sample, *_, end = messages(tiny("interrupted"))
    assert isinstance(sample, RowMeasured), "wanted the experiment to go on"
    assert isinstance(end, Finished)
    assert end.error is None


# Both doors to a run, in a bench without a lab; the suite itself has threads, and measures by way of another process.
DOORS = """
import os, sys
from pathlib import Path
from bench.cli.commands import main
from bench.runner import queue, run
from bench.runner.records import Lease, Records

class Records(Records):
    def claim(self, runner):
        return Lease({"id": "1", "experiment": "race", "params": {}, "contenders": ["sync"]}, "token")
    def heartbeat(self, *_):
        return "running"
    hand_in = heartbeat
    def finish(self, lease, outcome):
        print(outcome["error"], file=sys.stderr)

os.register_at_fork(before=lambda: print("threads:", len(os.listdir("/proc/self/task")), file=sys.stderr))
run.LOCK = Path(sys.argv[1])
queue._one(Records("http://nobody"))
main(["race", "--contender", "sync", "--no-save"])
"""


def test_the_bench_has_one_thread_when_it_forks_the_process_that_measures(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "EDGE_URL": "http://127.0.0.1:1"}
    command = [sys.executable, "-c", DOORS, str(tmp_path / "lock")]
    got = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (got.returncode, got.stderr.count("sync did not respond to /io")) == (1, 2), got
    assert re.findall(r"threads: (\d+)", got.stderr) == ["1", "1"], got.stderr
