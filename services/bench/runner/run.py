"""A run from its beginning to its end, whichever door it came through: the queue, or the command line."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.messages import Described, Ended, Message
from bench.runner.process import Died, Task, measuring
from bench.runner.recorder import Keeping, Stopped
from bench.runner.records import Refused, Unreachable

LOCK = Path("/data/lock")  # on a volume that all benches of this lab share
POLL = 0.2  # seconds between two tries for the lock
ALIVE = Path("/tmp/alive")  # touched at every turn, whichever door it is: see healthcheck


@dataclass(frozen=True, slots=True)
class Outcome:
    state: str  # done, failed or cancelled
    error: str | None = None
    environment: dict[str, Any] | None = None


def nothing(_: Message | None = None) -> None:
    """Where nobody looks."""


def conduct(task: Task, keeping: Keeping | None, show: Callable[[Message | None], None] = nothing) -> Outcome:
    """Measures, shows and keeps what was measured; `show` has its turn also while nothing comes.

    An interrupt (Ctrl-C) ends it as a cancelled run.
    """
    environment: dict[str, Any] = {}

    def take(message: Message | None) -> None:
        ALIVE.touch()
        show(message)
        match message:
            case Described():
                environment.update(message.environment)
            case Ended(noise=dict()):
                environment["noise"] = message.noise
        if keeping is not None and message is not None:
            keeping.take(message)

    state, error = _measured(task, keeping, take)
    outcome = Outcome(state, error, environment or None)
    if keeping is not None:
        try:
            return _finished(keeping, outcome)
        except Stopped:
            pass  # it had ended before: it was cancelled, or deleted
        except Refused as error:
            return _failed(outcome, _refusal(error))
        except Unreachable as error:
            return _failed(outcome, f"What was measured could not be kept: {error}")
    return outcome


def _finished(keeping: Keeping, outcome: Outcome) -> Outcome:
    """Whatever the records refuse, they are told of the end: a run without one would be measured again, and again."""
    try:
        keeping.finish(outcome.state, outcome.error, outcome.environment)
    except Refused as error:
        keeping.drop()
        outcome = _failed(outcome, _refusal(error))
        keeping.finish(outcome.state, outcome.error, outcome.environment)
    return outcome


def _failed(outcome: Outcome, error: str) -> Outcome:
    return replace(outcome, state="failed", error=error)


def _refusal(error: Refused) -> str:
    return f"The records refuse what was measured: {error}"


def _measured(task: Task, keeping: Keeping | None, take: Callable[[Message | None], None]) -> tuple[str, str | None]:
    """In which state it ended, and with which error."""
    try:
        for message in measuring(task):
            take(message)
            if isinstance(message, Ended):
                return "failed" if message.error else "done", message.error
            if keeping is not None:
                keeping.turn()
    except Stopped as stopped:
        return "cancelled", f"Stopped by the records: {stopped}"
    except Refused as error:
        return "failed", _refusal(error)
    except KeyboardInterrupt:
        return "cancelled", None
    except Died as died:
        return "failed", str(died)
    raise AssertionError("a measurement ends with a message that says so")


@contextmanager
def alone(waiting: Callable[[], None] = nothing) -> Iterator[None]:
    """While no other bench of this lab measures: two at once would measure each other. `waiting` has its turns."""
    with LOCK.open("w") as lock:
        while not _locked(lock.fileno()):
            ALIVE.touch()
            waiting()
            time.sleep(POLL)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
