"""The number of workers of a running contender: changed from inside the lab, and given back whatever happens."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.e2e.lab import NAMES, WORKERS, answered, get
from tests.e2e.queue import events, queued, tagged, until
from tests.lifecycle.engine import container, until_healthy

# Those whose server takes no signal for it.
FIXED = {"hypercorn", "granian"}

# What a run does, in the bench's container (the addresses are for containers of the lab only) and while it is the one
# that measures: a bench that waits gives back what it finds changed.
CHANGE = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from bench.runner.run import exclusive
from bench.target import worker_count
from bench.target.replicas import NoAnswer, fetch, replicas
from contender.catalogue import control_path, mount

def response(name, path):
    return json.loads(fetch(name, replicas(name)[0], path)[1])

def changed(name, count):
    try:
        worker_count.change(name, count)
    except NoAnswer as error:
        return str(error)
    pids = {response(name, f"{mount(name)}/whoami")["pid"] for _ in range(20)}
    return [response(name, control_path(name, "usage"))["workers"], len(pids)]

def in_turn(row):
    name, counts = row
    return [changed(name, count) for count in counts]

rows = json.loads(sys.argv[1])
with exclusive(), ThreadPoolExecutor(len(rows)) as pool:
    found = list(pool.map(in_turn, rows.items()))
    worker_count.restore()
print(json.dumps(dict(zip(rows, found))))
"""


def changed(rows: Mapping[str, Sequence[object]]) -> dict[str, list[Any]]:
    """For each contender and number of workers: how many serve, and how many answered; or why it cannot be.

    The contenders are changed side by side, each to its numbers in turn.
    """
    code, output = container("bench").exec_run(["python", "-c", CHANGE, json.dumps(rows)])
    assert code == 0, output.decode()
    return dict(json.loads(output))


def workers(contender: str) -> int:
    return int(answered(get(f"/{contender}/usage"), 200).json()["workers"])


def test_exactly_as_many_serve_as_were_asked_for_and_as_before_afterwards() -> None:
    rows = {name: [1] for name in NAMES} | {"sync": [5, 1], "uvicorn": [1, 5]}  # both kinds of master up and down
    for name, found in changed(rows).items():
        if name in FIXED:
            assert f"{name} has no signal" in found[0]
            continue
        for count, (serve, answer) in zip(rows[name], found, strict=True):
            assert serve == count, f"{name}: wanted {count} workers, {serve} serve"
            assert 1 <= answer <= count, f"{name}: {count} workers, and {answer} answered"
    assert {name: workers(name) for name in NAMES} == dict.fromkeys(NAMES, WORKERS)


def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    for found in changed({"sync": [0, 33, "2", True, None, 1.5]})["sync"]:
        assert "is not an integer from 1 to 32" in found, found
    assert workers("sync") == WORKERS


# --- a run of its own -----------------------------------------------------------------------------------

SLOW: dict[str, Any] = {"workload": "io", "ms": 1000, "requests": 9, "workers": 3}


def test_a_run_measures_as_many_as_it_asks_for_and_gives_them_back() -> None:
    with tagged() as tag:
        params = SLOW | {"ms": 100}
        path = queued({"experiment": "race", "params": params, "contenders": ["sync", "uvicorn"], "tags": [tag]})
        until(path, "done")
        rows = answered(get(f"{path}/results"), 200).json()["items"]
        assert len({row["pid"] for row in rows if row["contender"] == "sync"}) == 3, rows
        run = answered(get(path), 200).json()
        assert {each["workers"] for each in run["environment"]["contenders"].values()} == {3}, run["environment"]
        assert (workers("sync"), workers("uvicorn")) == (WORKERS, WORKERS)


def test_a_bench_that_dies_with_its_run_deleted_leaves_nothing_changed() -> None:
    with tagged() as tag:
        path = queued({"experiment": "race", "params": SLOW, "contenders": ["sync"], "tags": [tag]})
        next(data for kind, data in events(path) if kind == "sample")
        killed = container("bench")
        killed.kill()
        assert workers("sync") == 3, "wanted it as the killed bench left it"
    with until_healthy("bench"):
        killed.start()
    with tagged() as tag:  # the next claim
        params = {"workload": "hello", "requests": 1}
        until(queued({"experiment": "race", "params": params, "contenders": ["gevent"], "tags": [tag]}), "done")
    assert workers("sync") == WORKERS


def test_a_contender_that_cannot_is_left_out_and_a_run_of_none_fails_with_the_reason() -> None:
    params = {"workload": "hello", "requests": 2, "workers": 3}
    with tagged() as tag:
        path = queued({"experiment": "race", "params": params, "contenders": ["granian", "gevent"], "tags": [tag]})
        until(path, "done")
        assert {row["contender"] for row in answered(get(f"{path}/results"), 200).json()["items"]} == {"gevent"}
        (summary,) = (data for kind, data in events(path) if kind == "summary")
        assert any("Skipped: granian has no signal" in each for each in summary["sentences"]), summary
        path = queued({"experiment": "race", "params": params, "contenders": ["granian"], "tags": [tag]})
        until(path, "failed")
        assert "granian has no signal" in answered(get(path), 200).json()["error"]
