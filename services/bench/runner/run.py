"""A run from its beginning to its end, whether it came through the queue or the command line."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.messages import Finished, Listener, deliver
from bench.runner.alive import ALIVE
from bench.runner.process import Died, measuring
from bench.runner.recorder import Recorder, Stopped
from bench.runner.records import Refused, Unreachable
from bench.runner.task import Task
from bench.target import worker_count

LOCK = Path("/data/lock")  # on a volume that all benches of this lab share
POLL = 0.2  # seconds between two tries for the lock


@dataclass(frozen=True, slots=True)
class Outcome:
    state: str  # done, failed or cancelled
    error: str | None = None
    environment: dict[str, Any] | None = None


class _Watch(Listener):
    """Keeps what the outcome needs."""

    def __init__(self) -> None:
        self.environment: dict[str, Any] = {}
        self.end: Finished | None = None

    def on_environment(self, environment: dict[str, Any]) -> None:
        self.environment.update(environment)

    def on_end(self, end: Finished) -> None:
        self.end = end
        if end.noise is not None:
            self.environment["noise"] = end.noise

    def turn(self) -> None:
        ALIVE.touch()


def execute(task: Task, recorder: Recorder | None, *listeners: Listener) -> Outcome:
    """Measures, and hands in to the recorder; an interrupt (Ctrl-C) ends it as a cancelled run."""
    watch = _Watch()
    try:
        state, error = _measure(task, watch, [watch, *listeners, *([recorder] if recorder else [])])
    finally:
        worker_count.restore()
    outcome = Outcome(state, error, watch.environment or None)
    if recorder is not None:
        try:
            return _finish(recorder, outcome)
        except Stopped:
            pass  # it had ended before: it was cancelled, or deleted
        except Refused as error:
            return _failure(outcome, _refusal(error))
        except Unreachable as error:
            return _failure(outcome, f"Results could not be saved: {error}")
    return outcome


def _finish(recorder: Recorder, outcome: Outcome) -> Outcome:
    """Whatever the records refuse, they get to know the end: a run without one would be measured again, and again."""
    try:
        recorder.finish(outcome.state, outcome.error, outcome.environment)
    except Refused as error:
        recorder.drop()
        outcome = _failure(outcome, _refusal(error))
        recorder.finish(outcome.state, outcome.error, outcome.environment)
    return outcome


def _failure(outcome: Outcome, error: str) -> Outcome:
    return replace(outcome, state="failed", error=error)


def _refusal(error: Refused) -> str:
    return f"records rejected the results: {error}"


def _measure(task: Task, watch: _Watch, listeners: list[Listener]) -> tuple[str, str | None]:
    """In which state it ended, and with which error."""
    try:
        for message in measuring(task):
            if message is not None:
                deliver(message, listeners)
            if watch.end is not None:
                return "failed" if watch.end.error else "done", watch.end.error
            for listener in listeners:
                listener.turn()
    except Stopped as stopped:
        return "cancelled", f"Stopped by records: {stopped}"
    except Refused as error:
        return "failed", _refusal(error)
    except KeyboardInterrupt:
        return "cancelled", None
    except Died as died:
        return "failed", str(died)
    raise AssertionError("a measurement ends with the message Ended")


def nothing() -> None:
    """Where nobody waits."""


@contextmanager
def exclusive(waiting: Callable[[], None] = nothing) -> Iterator[None]:
    """While no other bench of this machine measures: two at once would measure each other. `waiting` has its turns.

    Those of other machines are kept apart by the records, which hand out one run at a time.
    """
    with LOCK.open("w") as lock:
        while not _try_lock(lock.fileno()):
            still_waiting(waiting)
        worker_count.restore()  # a bench that died had no time for it
        yield


def still_waiting(waiting: Callable[[], None]) -> None:
    ALIVE.touch()
    waiting()
    time.sleep(POLL)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
