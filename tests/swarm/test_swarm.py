"""The lab on two nodes, of which one is lost at the end. `scripts/suite swarm` has put two replicas of each there."""

import threading
import time
from collections import Counter
from functools import partial

import pytest
import requests

from tests.e2e.lab import DEFAULTS, PATIENCE, URL, answered, get
from tests.e2e.queue import events, finished, queued
from tests.e2e.queue import until as reaches
from tests.swarm import nodes

AWAY_AT_MOST = 15.0  # seconds: 6 until Swarm marks a node as down, the rest for its replicas to start elsewhere


def test_a_race_is_served_by_both_nodes(subtests: pytest.Subtests) -> None:
    run = finished({"experiment": "race", "params": {"requests": 16, "ms": 200}, "contenders": DEFAULTS})
    for contender in DEFAULTS:
        with subtests.test(contender=contender):
            rows = [row for row in run["results"] if row["contender"] == contender]
            assert {row["status"] for row in rows} == {200}
            assert {row["host"].partition(".")[0] for row in rows} == {"one", "two"}, Counter(
                row["host"] for row in rows
            )


def test_a_run_is_followed_through_any_replica_of_the_records() -> None:
    path = queued({"experiment": "race", "params": {"requests": 4, "ms": 20}, "contenders": ["uvicorn"]})
    reaches(path, "done")
    streams: dict[str, str] = {}
    nodes.until(lambda: _followed(path, streams) == 2, f"nginx passes on to two replicas: {list(streams)}")
    assert len(set(streams.values())) == 1, streams


def _followed(path: str, streams: dict[str, str]) -> int:
    """Adds the events that one replica has, under its name; how many replicas were read."""
    response = answered(get(f"{path}/events"), 200)
    streams[response.headers["X-Served-By"].partition(",")[0]] = response.text
    return len(streams)


@pytest.mark.parametrize("contender", ["sync", "uvicorn"])
def test_a_rolling_update_loses_nothing(contender: str) -> None:
    before = nodes.tasks(contender)
    seconds = 15
    load = {"workload": "hello", "rate": 200, "seconds": seconds, "repeats": 1}
    path = queued({"experiment": "rate", "params": load, "contenders": [contender]})
    reaches(path, "running")
    nodes.service(contender).force_update()
    took = nodes.until(lambda: not before & nodes.tasks(contender), "all replicas are new")
    reaches(path, "done")
    (row,) = answered(get(f"{path}/results"), 200).json()["items"]
    assert took < seconds, f"the update took {took:.1f} s: longer than the load"
    assert (row["errors"], row["timeouts"]) == (0, 0), row


def test_an_update_that_cannot_serve_goes_back_and_loses_nothing() -> None:
    before = nodes.tasks("uvicorn")
    load = {"workload": "hello", "rate": 100, "seconds": 15, "repeats": 1}
    path = queued({"experiment": "rate", "params": load, "contenders": ["uvicorn"]})
    reaches(path, "running")
    nodes.change("uvicorn", Args=["uvicorn", "asgi.nowhere:app"])
    nodes.until(lambda: nodes.updated("uvicorn") == "rollback_completed", "the update is rolled back")
    reaches(path, "done")
    (row,) = answered(get(f"{path}/results"), 200).json()["items"]
    assert (row["errors"], row["timeouts"]) == (0, 0), row
    assert before & nodes.tasks("uvicorn") == before


def test_a_contender_that_is_told_to_restart_is_back_at_another_address() -> None:
    load = {"workload": "hello", "rate": 40, "seconds": 4, "repeats": 1, "halfway": "restart"}
    run = finished({"experiment": "rate", "params": load, "contenders": ["uvicorn"]})
    assert not [data for kind, data in run["notices"] if kind == "refused"]
    assert [row["errors"] for row in run["results"]] == [0]


def test_what_a_lost_node_served_is_served_by_the_other_and_no_run_is_lost(subtests: pytest.Subtests) -> None:
    """The hard case: the only replica of every contender, and the bench, are on the node that is lost."""
    nodes.role("one", "serve")
    nodes.until(lambda: nodes.where("bench") == ["two"], "the bench leaves a node that only serves")
    nodes.role("one", "load")
    for each in DEFAULTS:
        nodes.service(each).scale(1)
    for each in DEFAULTS:
        nodes.until(partial(_is_on_two, each), f"{each} leaves a node that only measures")
    nodes.role("one", None)

    measured = queued({"experiment": "race", "params": {"requests": 20, "ms": 1000}, "contenders": ["sync"]})
    reaches(measured, "running")
    waiting = queued({"experiment": "race", "params": {"requests": 2, "ms": 20}, "contenders": ["uvicorn"]})
    nodes.kill("two")
    lost = time.monotonic()
    back = _back(lost)
    for contender, seconds in back.items():
        with subtests.test(contender=contender):
            assert seconds < AWAY_AT_MOST, f"{contender} was away for {seconds:.1f} s: {back}"
    for path, states, rows in (
        (measured, ["running", "queued", "running", "done"], 20),
        (waiting, ["running", "done"], 2),
    ):
        with subtests.test(path=path):
            assert [data["state"] for kind, data in events(path) if kind == "state"][-len(states) :] == states
            assert len(answered(get(f"{path}/results"), 200).json()["items"]) == rows


def _is_on_two(contender: str) -> bool:
    return nodes.where(contender) == ["two"]


def _back(lost: float) -> dict[str, float]:
    """For each contender the seconds from then to the end of its last failure."""
    failed = dict.fromkeys(DEFAULTS, 0.0)

    def watch(contender: str) -> None:
        while time.monotonic() - lost < AWAY_AT_MOST + 5:
            if not _answers(contender):
                failed[contender] = time.monotonic() - lost
            time.sleep(0.1)

    watchers = [threading.Thread(target=watch, args=[each]) for each in DEFAULTS]
    for each in watchers:
        each.start()
    for each in watchers:
        each.join()
    return failed


def _answers(contender: str) -> bool:
    try:
        return requests.get(f"{URL}/{contender}/hello", timeout=PATIENCE).status_code == 200
    except requests.RequestException:
        return False
