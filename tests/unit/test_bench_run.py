"""A run from its beginning to its end: however it ends, the real records know, and of two benches one measures."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.messages import Listener, RowMeasured
from bench.notices import Notice, Refused
from bench.runner import healthcheck, queue
from bench.runner import process as measuring
from bench.runner import recorder as recording
from bench.runner import run as running
from bench.runner.recorder import Recorder
from bench.runner.records import Records
from bench.runner.run import Outcome, exclusive, execute
from tests.unit.bench_rows import point_row, race_row
from tests.unit.live_service import LiveService
from tests.unit.service import RACE
from tests.unit.tiny_experiments import MANY, VERDICT, tiny


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns, batches and heartbeats at once: when they come is a matter of other tests."""
    monkeypatch.setattr(measuring, "TICK", 0.02)
    for name in ("BEAT", "FLUSH", "PAUSE"):
        monkeypatch.setattr(recording, name, 0.0)


@pytest.fixture(autouse=True)
def alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "alive"
    for module in (running, healthcheck):
        monkeypatch.setattr(module, "ALIVE", path)
    return path


class Seen(Listener):
    """Keeps the samples; `begun` is called with the process of the experiment `waiting`, when that is at it."""

    def __init__(self, begun: Callable[[int], Any] = lambda _pid: None) -> None:
        self._begun = begun
        self.rows: list[int] = []

    def on_sample(self, sample: RowMeasured) -> None:
        self.rows.append(sample.row["seq"])

    def on_notice(self, notice: Notice) -> None:
        if isinstance(notice, Refused):
            self._begun(int(notice.text))


class Executed:
    """A run of the real records, measured by the process of an experiment of a moment."""

    def __init__(self, service: LiveService) -> None:
        self.service, self.records = service, Records(service.url)
        self.lease = self.records.begin(RACE, "bench-1")

    def by(self, experiment: str, begun: Callable[[int], Any] = lambda _pid: None) -> Outcome:
        self.seen = Seen(begun)
        return execute(tiny(experiment), Recorder(self.records, self.lease), self.seen)

    def described(self, outcome: Outcome) -> None:
        """Whatever became of it, the run says on what it was measured."""
        assert outcome.environment is not None, "wanted the environment of what was measured"
        assert outcome.environment["cores"] == os.cpu_count()
        assert self.run["environment"] == outcome.environment

    @property
    def run(self) -> dict[str, Any]:
        return self.records.run(self.lease.run["id"])

    def seqs(self) -> list[int]:
        return [row["seq"] for row in self.service.results(self.lease.run)]


@pytest.fixture
def executed(service: LiveService) -> Executed:
    return Executed(service)


def test_a_run_that_is_done_is_kept_whole(executed: Executed) -> None:
    outcome = executed.by("counting")
    run = executed.run
    assert (outcome.state, outcome.error) == ("done", None)
    assert (run["state"], run["progress"]) == ("done", 1)
    executed.described(outcome)
    assert run["environment"]["noise"] == VERDICT.document()
    assert executed.seqs() == executed.seen.rows == [*range(MANY)]


def test_a_bench_is_healthy_while_it_measures_or_waits(lock: Path, alive: Path) -> None:
    """Compose has dependents of the bench wait for all of its containers: one of the command line is among them."""
    with pytest.raises(SystemExit, match="has not started yet"):
        healthcheck.main()
    seen = Seen()
    assert execute(tiny("counting"), None, seen).state == "done"
    assert len(seen.rows) == MANY, "wanted it measured and shown without records"
    healthcheck.main()
    os.utime(alive, (0, 0))
    with pytest.raises(SystemExit, match="has stalled"):
        healthcheck.main()
    with lock.open("w") as others:
        fcntl.flock(others, fcntl.LOCK_EX)
        with exclusive(lambda: fcntl.flock(others, fcntl.LOCK_UN)):
            healthcheck.main()


def test_an_experiment_that_fails_fails_the_run_and_says_why(executed: Executed) -> None:
    outcome = executed.by("failing")
    assert outcome.error == "ValueError: no water"
    assert (executed.run["state"], executed.run["error"]) == ("failed", "ValueError: no water")
    executed.described(outcome)
    assert executed.seqs() == [0]


def test_a_process_that_is_killed_fails_the_run(executed: Executed) -> None:
    outcome = executed.by("waiting", lambda pid: os.kill(pid, 9))
    assert outcome.error == "The measuring process exited with code -9."
    assert (executed.run["state"], executed.run["error"]) == ("failed", outcome.error)
    assert executed.seqs() == [0]
    executed.described(outcome)


def test_ctrl_c_cancels_the_run_and_keeps_what_was_measured(executed: Executed) -> None:
    def ctrl_c(_pid: int) -> None:
        raise KeyboardInterrupt

    outcome = executed.by("waiting", ctrl_c)
    assert (outcome.state, outcome.error) == ("cancelled", None)
    assert (executed.run["state"], executed.seqs()) == ("cancelled", [0])
    executed.described(outcome)


def test_a_client_that_cancels_ends_the_measurement(executed: Executed) -> None:
    outcome = executed.by("waiting", lambda _pid: executed.service.cancel(executed.lease.run))
    assert (outcome.state, outcome.error) == ("cancelled", "Stopped by records: cancelled")
    assert (executed.run["state"], executed.run["error"]) == ("cancelled", None)
    executed.described(outcome)


def test_a_client_that_deletes_the_run_ends_the_measurement(executed: Executed) -> None:
    outcome = executed.by("waiting", lambda _pid: executed.service.delete(executed.lease.run))
    assert outcome.state == "cancelled"
    assert executed.records.runs(10) == []


def test_a_lost_lease_ends_the_measurement_and_leaves_the_run_to_the_next(executed: Executed) -> None:
    outcome = executed.by("waiting", lambda _pid: executed.service.lose_leases())
    assert outcome.state == "cancelled"
    next_one = executed.records.claim("bench-2")
    assert next_one is not None
    assert next_one.run["id"] == executed.lease.run["id"]


def test_records_that_never_come_back_fail_the_run_but_not_what_is_shown(
    executed: Executed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "PATIENCE", 0.0)
    executed.service.stop()
    outcome = executed.by("counting")
    assert outcome.state == "failed"
    assert outcome.error is not None
    assert outcome.error.startswith("Results could not be saved: ")
    assert outcome.environment is not None
    assert len(executed.seen.rows) == MANY


def test_what_the_records_refuse_fails_the_run_for_good(executed: Executed) -> None:
    """Else it would go back to the queue, and be measured and refused twice more."""
    outcome = executed.by("refusable")
    assert outcome.error is not None
    assert outcome.error.startswith("records rejected the results: /batch/events/0/type")
    assert (executed.run["state"], executed.run["error"]) == ("failed", outcome.error)


def test_a_last_batch_that_the_records_refuse_fails_the_run_too(
    executed: Executed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is handed in before the end here; the rows behind the wrong one go with it."""
    wrong = [RowMeasured(point_row().model_dump(mode="json")), RowMeasured(race_row(1).model_dump(mode="json"))]
    recorder = Recorder(executed.records, executed.lease)
    for each in wrong:
        recorder.on_sample(each)
    monkeypatch.setattr(recording, "FLUSH", 1e9)
    outcome = execute(tiny("counting"), recorder)
    assert outcome.state == "failed"
    assert (executed.run["state"], executed.run["error"]) == ("failed", outcome.error)
    assert executed.run["environment"] == outcome.environment


# --- one at a time ------------------------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from bench.runner import run as running
running.LOCK = Path(sys.argv[1])
with running.exclusive():
    print("measuring", flush=True)
    input()
    print("measured", flush=True)
"""


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "lock"
    monkeypatch.setattr(running, "LOCK", path)
    monkeypatch.setattr(running, "POLL", 0.01)
    return path


@pytest.mark.parametrize("end", ["ends", "is killed"])
def test_the_second_bench_waits_until_the_first_one(lock: Path, end: str) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    path = os.pathsep.join(each for each in sys.path if each)
    environment = os.environ | {"PYTHONPATH": path}
    with subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], env=environment, **pipes) as first:  # type: ignore[call-overload]
        assert first.stdout.readline() == b"measuring\n"
        waits = 0

        def waiting() -> None:
            nonlocal waits
            waits += 1
            assert first.poll() is None or waits > 1, "wanted a wait while the first one measures"
            if waits == 3:
                first.kill() if end == "is killed" else first.communicate(b"\n")

        with exclusive(waiting):
            first.kill()  # had it not ended before, this test would never
        assert waits >= 3, f"wanted the lock only when the first one had ended, got it after {waits} waits"


def test_alone_is_over_when_the_measurement_is_also_when_it_fails(lock: Path) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="no water"), exclusive(lambda: pytest.fail("wanted no wait before")):
            raise ValueError("no water")


def test_a_lock_that_cannot_be_had_is_an_error_of_the_system(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LOCK", lock / "not a folder" / "lock")
    with pytest.raises(OSError, match="lock"), exclusive():
        pass


def test_the_queue_pauses_long_enough_for_a_waiting_bench_to_have_its_turn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pauses: list[float] = []
    claims = iter([True, False, True])

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise SystemExit

    monkeypatch.setattr(running, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(queue, "ALIVE", tmp_path / "alive")
    monkeypatch.setattr(queue, "_one", lambda _: next(claims))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(time, "sleep", sleep)
    with pytest.raises(SystemExit):
        queue.work(Records("http://nobody"))
    assert pauses == [queue.PAUSE, queue.POLL, queue.PAUSE]
    assert queue.PAUSE > running.POLL
