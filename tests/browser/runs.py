"""Real runs as the pictures must show them: what the records have of each, and the way to make one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.e2e.lab import DEFAULTS, answered, ask, get
from tests.e2e.queue import events, queued
from tests.stored_runs import stored

Row = dict[str, Any]

RACE: dict[str, Any] = {
    "experiment": "race",
    "params": {"workload": "io", "ms": 200, "requests": 20},
    "contenders": DEFAULTS,
}
BOTH = ["sync", "uvicorn"]
HELLO: dict[str, Any] = {"experiment": "race", "params": {"workload": "hello", "requests": 5}, "contenders": BOTH}
ONE: dict[str, Any] = {"experiment": "race", "params": {"workload": "io", "requests": 1}, "contenders": ["uvicorn"]}
SWEEP: dict[str, Any] = {
    "experiment": "sweep",
    "params": {"workload": "io", "ms": 20, "points": [1, 4], "seconds": 0.5, "repeats": 1},
    "contenders": BOTH,
}
VICTIM: dict[str, Any] = {
    "experiment": "victim",
    "params": {"workload": "block", "ms": 100, "background": 4, "seconds": 3},
    "contenders": BOTH,
}


# Milliseconds for a run that a page follows to its end: on a busy machine contenders take long to come to rest.
RUN_MS = 120_000


@dataclass(frozen=True, slots=True)
class Made:
    run: dict[str, Any]
    rows: list[Row]
    summary: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.run["id"])

    def of(self, contender: str) -> list[Row]:
        return [row for row in self.rows if row["contender"] == contender]


def read(run: str) -> dict[str, Any]:
    found: dict[str, Any] = answered(get(f"/starlette/runs/{run}"), 200).json()
    return found


def ended(run: str) -> Made:
    """Waits for the run to end, however."""
    path = f"/starlette/runs/{run}"
    notices = dict(events(path))  # the last of each kind
    rows = answered(get(f"{path}/results"), 200).json()["items"]
    return Made(read(run), rows, notices.get("summary", {}))


def shared(order: dict[str, Any]) -> Made:
    """A run that is done, and that no test changes."""
    run = stored(order)
    return Made(read(run["id"]), run["results"], dict(run["notices"])["summary"])


@contextmanager
def made(order: dict[str, Any]) -> Iterator[Made]:
    """A run that is done; deleted again."""
    path = queued(order)
    try:
        run = ended(path.rpartition("/")[2])
        assert run.run["state"] == "done", f"{order} ended as {run.run['state']}: {run.run['error']}"
        yield run
    finally:
        ask("DELETE", path)


@contextmanager
def waiting(order: dict[str, Any] = RACE) -> Iterator[str]:
    """The id of a run that is only queued, if `tests.e2e.queue.held` keeps the bench busy; deleted again."""
    path = queued(order)
    try:
        yield path.rpartition("/")[2]
    finally:
        ask("DELETE", path)
