"""A run from its beginning to its end: however it ends, the real records know, and of two benches one measures."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.messages import Message, Noticed, Sampled
from bench.runner import healthcheck
from bench.runner import process as measuring
from bench.runner import recorder as keeping
from bench.runner import run as conducting
from bench.runner.recorder import Keeping
from bench.runner.records import Records
from bench.runner.run import Outcome, alone, conduct
from tests.unit.bench_rows import race_row
from tests.unit.live_service import LiveService
from tests.unit.service import RACE
from tests.unit.tiny_experiments import MANY, tiny


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns, batches and beats at once: when they come is told by the tests of each."""
    monkeypatch.setattr(measuring, "TICK", 0.02)
    for name in ("BEAT", "FLUSH", "PAUSE"):
        monkeypatch.setattr(keeping, name, 0.0)


@pytest.fixture(autouse=True)
def alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (conducting, healthcheck):
        monkeypatch.setattr(module, "ALIVE", tmp_path / "alive")


class Conducted:
    """A run of the real records, measured by the process of an experiment of a moment."""

    def __init__(self, service: LiveService) -> None:
        self.service, self.records = service, Records(service.url)
        self.lease = self.records.begin(RACE, "bench-1")
        self.shown: list[Message] = []

    def by(self, experiment: str, begun: Callable[[int], Any] = lambda _pid: None) -> Outcome:
        """`begun` is called with the process of the experiment `waiting`, when that is at it."""

        def show(message: Message | None) -> None:
            if message is not None:
                self.shown.append(message)
            if isinstance(message, Noticed) and message.type == "process":
                begun(message.data["pid"])

        return conduct(tiny(experiment), Keeping(self.records, self.lease), show)

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
def conducted(service: LiveService) -> Conducted:
    return Conducted(service)


def test_a_run_that_is_done_is_kept_whole(conducted: Conducted) -> None:
    outcome = conducted.by("counting")
    run = conducted.run
    assert (outcome.state, outcome.error) == ("done", None)
    assert (run["state"], run["progress"]) == ("done", 1)
    conducted.described(outcome)
    assert run["environment"]["noise"] == {"noisy": False, "doubts": [], "advice": []}
    assert conducted.seqs() == [each.row["seq"] for each in conducted.shown if isinstance(each, Sampled)]
    assert len(conducted.seqs()) == MANY


def test_without_records_it_is_measured_and_shown_all_the_same() -> None:
    shown: list[Message | None] = []
    assert conduct(tiny("counting"), None, shown.append).state == "done"
    assert sum(isinstance(each, Sampled) for each in shown) == MANY


def test_a_bench_is_healthy_while_it_measures_or_waits_through_whichever_door(lock: Path) -> None:
    """Compose holds whoever depends on the bench to all of its containers: one of the command line is among them."""
    with pytest.raises(SystemExit, match="has not started yet"):
        healthcheck.main()
    assert conduct(tiny("counting"), None).state == "done"
    healthcheck.main()
    os.utime(conducting.ALIVE, (0, 0))
    with pytest.raises(SystemExit, match="no turn"):
        healthcheck.main()
    with lock.open("w") as others:
        fcntl.flock(others, fcntl.LOCK_EX)
        with alone(lambda: fcntl.flock(others, fcntl.LOCK_UN)):
            healthcheck.main()


def test_an_experiment_that_fails_fails_the_run_and_says_why(conducted: Conducted) -> None:
    outcome = conducted.by("failing")
    assert outcome.error == "ValueError: no water"
    assert (conducted.run["state"], conducted.run["error"]) == ("failed", "ValueError: no water")
    conducted.described(outcome)
    assert conducted.seqs() == [0]


def test_a_process_that_is_killed_fails_the_run(conducted: Conducted) -> None:
    outcome = conducted.by("waiting", lambda pid: os.kill(pid, 9))
    assert outcome.error == "The process that measured ended with exit code -9."
    assert (conducted.run["state"], conducted.run["error"]) == ("failed", outcome.error)
    assert conducted.seqs() == [0]
    conducted.described(outcome)


def test_ctrl_c_cancels_the_run_and_keeps_what_was_measured(conducted: Conducted) -> None:
    def ctrl_c(_pid: int) -> None:
        raise KeyboardInterrupt

    outcome = conducted.by("waiting", ctrl_c)
    assert (outcome.state, outcome.error) == ("cancelled", None)
    assert (conducted.run["state"], conducted.seqs()) == ("cancelled", [0])
    conducted.described(outcome)


def test_a_client_that_cancels_ends_the_measurement(conducted: Conducted) -> None:
    outcome = conducted.by("waiting", lambda _pid: conducted.service.cancel(conducted.lease.run))
    assert (outcome.state, outcome.error) == ("cancelled", "Stopped by the records: cancelled")
    assert (conducted.run["state"], conducted.run["error"]) == ("cancelled", None)
    conducted.described(outcome)


def test_a_client_that_deletes_the_run_ends_the_measurement(conducted: Conducted) -> None:
    outcome = conducted.by("waiting", lambda _pid: conducted.service.delete(conducted.lease.run))
    assert outcome.state == "cancelled"
    assert conducted.records.runs(10) == []


def test_a_lost_lease_ends_the_measurement_and_leaves_the_run_to_the_next(conducted: Conducted) -> None:
    outcome = conducted.by("waiting", lambda _pid: conducted.service.lose_leases())
    assert outcome.state == "cancelled"
    next_one = conducted.records.claim("bench-2")
    assert next_one is not None
    assert next_one.run["id"] == conducted.lease.run["id"]


def test_records_that_never_come_back_fail_the_run_but_not_what_is_shown(
    conducted: Conducted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PATIENCE", 0.0)
    conducted.service.stop()
    outcome = conducted.by("counting")
    assert outcome.state == "failed"
    assert outcome.error is not None
    assert outcome.error.startswith("What was measured could not be kept: ")
    assert outcome.environment is not None
    assert sum(isinstance(each, Sampled) for each in conducted.shown) == MANY


def test_what_the_records_refuse_fails_the_run_and_they_are_told(conducted: Conducted) -> None:
    """Else it would go back to the queue, and be measured and refused twice more."""
    outcome = conducted.by("refusable")
    assert outcome.error is not None
    assert outcome.error.startswith("The records refuse what was measured: /batch/events/0/type")
    assert (conducted.run["state"], conducted.run["error"]) == ("failed", outcome.error)


def test_a_last_batch_that_the_records_refuse_fails_the_run_too(
    conducted: Conducted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is handed in before the end here; the rows behind the wrong one go with it."""
    wrong = [Sampled(race_row(0) | {"status": "none"}), Sampled(race_row(1))]
    keeper = Keeping(conducted.records, conducted.lease)
    for each in wrong:
        keeper.take(each)
    monkeypatch.setattr(keeping, "FLUSH", 1e9)
    outcome = conduct(tiny("counting"), keeper)
    assert outcome.state == "failed"
    assert (conducted.run["state"], conducted.run["error"]) == ("failed", outcome.error)
    assert conducted.run["environment"] == outcome.environment


# --- one at a time ------------------------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from bench.runner import run as conducting
conducting.LOCK = Path(sys.argv[1])
with conducting.alone():
    print("measuring", flush=True)
    input()
    print("measured", flush=True)
"""


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "lock"
    monkeypatch.setattr(conducting, "LOCK", path)
    monkeypatch.setattr(conducting, "POLL", 0.01)
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

        with alone(waiting):
            first.kill()  # had it not ended before, this test would never
        assert waits >= 3, f"wanted the lock only when the first one had ended, got it after {waits} waits"


def test_alone_is_over_when_the_measurement_is_also_when_it_fails(lock: Path) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="no water"), alone(lambda: pytest.fail("wanted nobody before")):
            raise ValueError("no water")


def test_a_lock_that_cannot_be_had_is_an_error_of_the_system(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conducting, "LOCK", lock / "not a folder" / "lock")
    with pytest.raises(OSError, match="lock"), alone():
        pass
