"""The queue of runs as its users reach it: put one in, wait for its end, and keep the bench busy meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import requests

from tests.e2e.lab import URL, answered, ask, get
from tests.turns import turn

RUNS = "/starlette/runs"
MERGE_PATCH = "application/merge-patch+json"

# One request in ten seconds, for forty minutes: it holds the one bench, and disturbs nobody.
HOLDING: dict[str, Any] = {
    "experiment": "rate",
    "params": {"workload": "hello", "rate": 0.1, "seconds": 120, "repeats": 20},
    "contenders": ["sync"],
    "note": "holds the queue while the suite looks at queued runs",
}

# Seconds between two events of a run, such as a point of ten seconds and its drain; nobody comes before it.
SILENCE = 60.0


def queued(run: dict[str, Any]) -> str:
    """The path of a new run."""
    return f"{RUNS}/{answered(ask('POST', RUNS, json=run), 201).json()['id']}"


def events(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Types and data, as they happen, to the end of the run."""
    with requests.get(f"{URL}{path}/events", stream=True, timeout=SILENCE) as stream:
        answered(stream, 200, "text/event-stream")
        kind = ""
        for line in stream.iter_lines(chunk_size=1, decode_unicode=True):
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)


def nobody_before(path: str) -> None:
    """Fails at once where other runs come first: nobody should wait behind them, perhaps for hours, without a word."""
    run_id = path.removeprefix(f"{RUNS}/")
    others = [run for run in _newest("queued") + _newest("running") if run["id"] < run_id]
    many = f"{len(others)}{' or more' * (len(others) >= 100)}"
    assert not others, (
        f"{many} runs come before {path}, the next one {others[-1]['experiment']} {others[-1]['id']} "
        f"({others[-1]['state']}, note {others[-1]['note']!r}): wait for them, or cancel them in the dashboard"
    )


def until(path: str, state: str) -> None:
    """Waits for the run to be in that state; a failure says how it ended instead."""
    nobody_before(path)
    seen = []
    for kind, data in events(path):
        if kind == "state":
            seen.append(data)
            if data["state"] == state:
                return
    raise AssertionError(f"{path} was never {state}: {seen}")


def cancel(path: str) -> None:
    headers = {"Content-Type": MERGE_PATCH, "If-Match": "*"}
    answered(ask("PATCH", path, data='{"state": "cancelled"}', headers=headers), 200)


@contextmanager
def held() -> Iterator[None]:
    """While the bench is busy with something else: what is queued meanwhile stays queued."""
    path = queued(HOLDING)
    try:
        until(path, "running")
        yield
        state = answered(get(path), 200).json()["state"]
        assert state == "running", f"the run that held the queue is {state}: some test ended what was not its own"
        forget(path)
    finally:
        ask("DELETE", path)


def forget(path: str) -> None:
    """Deletes what was queued behind a run and never begun: nobody has measured anything of it."""
    while found := [run for run in _newest("queued") + _newest("cancelled") if _never_begun(run, path)]:
        for run in found:
            ask("DELETE", f"{RUNS}/{run['id']}")


def _newest(state: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = answered(get(f"{RUNS}?limit=100&state={state}"), 200).json()["items"]
    return items


def _never_begun(run: dict[str, Any], path: str) -> bool:
    return run["started"] is None and str(run["id"]) > path.removeprefix(f"{RUNS}/")


@contextmanager
def tagged() -> Iterator[str]:
    """A tag of a test's own; the runs under it are gone when it ends."""
    name = f"test-{uuid4()}"
    yield name
    for run in answered(get(RUNS, params={"tag": name, "limit": 100}), 200).json()["items"]:
        ask("DELETE", f"{RUNS}/{run['id']}")


def finished(run: dict[str, Any], state: str = "done") -> dict[str, Any]:
    """A run that is done, or otherwise over, with its `results` and its `notices`; deleted again."""
    with turn(*run["contenders"], alone=True):
        path = queued(run)
        try:
            nobody_before(path)
            return ended(path, state)
        finally:
            ask("DELETE", path)


def ended(path: str, state: str = "done") -> dict[str, Any]:
    """The same of a run that is queued, or has begun, or is done already."""
    notices = [(kind, data) for kind, data in events(path) if kind != "sample"]
    run: dict[str, Any] = answered(get(path), 200).json()
    assert run["state"] == state, f"{run} ended as {run['state']}: {run['error']}"
    return run | {"results": answered(get(f"{path}/results"), 200).json()["items"], "notices": notices}
