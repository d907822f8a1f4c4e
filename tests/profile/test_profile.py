"""What is planted in each request, and what a profile says of it: a wait, 3 ms of CPU time and 200 kB of JSON (`/mix`),
and 1 KiB of memory that is never freed (`LEAK_BYTES`)."""

import json
import os
from typing import Any

import pytest

from tests.contract.project import ROOT
from tests.e2e.lab import answered, get
from tests.e2e.queue import RUNS, events
from tests.lessons.course import runs

TAG, MEMORY = "suite-profile", "suite-profile-memory"
BURNED = 3000.0  # µs
SERIALIZED = 100.0  # µs, at least, of 200 kB: 2 GB a second, several times as fast as json is
LEAKED = 1024 + 33 + 8  # bytes: those planted, what a `bytes` object takes itself, and its place in a list
# Of servers whose tasks or greenlets are known; the others have none.
WAITING = ("gevent", "eventlet", "uvicorn", "starlette", "hypercorn")
NEAR, ROUGH = 0.1, 0.4  # of it: and where the run says that other programs ran beside it, or that it was too short
DISTURBED = {"foreign-cpu", "few-samples"}
PLANTED = "burn (contender/workload.py)"


def profiled(tag: str = TAG) -> dict[str, Any]:
    """The run that scripts/suite has just made, with its results and notices."""
    items = answered(get(RUNS, params={"tag": tag, "limit": 1}), 200).json()["items"]
    assert items, f"no run has the tag {tag}: scripts/suite profile makes one before it calls these tests"
    run: dict[str, Any] = items[0]
    results = answered(get(f"{RUNS}/{run['id']}/results"), 200).json()["items"]
    return run | {"results": results, "notices": list(events(f"{RUNS}/{run['id']}"))}


def test_a_planted_function_is_found_at_the_top_with_what_it_burns() -> None:
    run = profiled()
    wanted = json.loads(os.environ["PROFILED"])
    assert [row["contender"] for row in run["results"]] == wanted, run["error"]
    warnings = [each for each in run["environment"]["noise"]["doubts"] if each["kind"] in DISTURBED]
    for row in run["results"]:
        assert row["top"] == PLANTED, row
        near = ROUGH if any(each["contender"] in (None, row["contender"]) for each in warnings) else NEAR
        assert abs(row["top_us"] - BURNED) <= near * BURNED, f"wanted {BURNED} µs in {PLANTED}, got {row}"
        assert row["application_us"] >= row["top_us"], row


def test_a_planted_json_is_booked_under_serialization() -> None:
    for row in profiled()["results"]:
        assert row["serialization_us"] > SERIALIZED, row


def test_a_run_has_the_stacks_of_each_contender_and_they_add_up() -> None:
    run = profiled()
    stacks = {data["contender"]: data for kind, data in run["notices"] if kind == "stacks"}
    assert set(stacks) == {row["contender"] for row in run["results"]}
    for row in run["results"]:
        found = stacks[row["contender"]]
        whole = sum(stack[0] for stack in found["stacks"]) + found["dropped_us"] + row["native_us"]
        assert row["sampled_us"] - 1 <= whole <= row["sampled_us"] + row["native_us"] + 1, row
        assert any(frame[0] == "burn" and frame[3] == "application" for frame in found["frames"]), row["contender"]


def test_what_waits_in_a_request_is_known_by_its_stack() -> None:
    stacks = {data["contender"]: data for kind, data in profiled()["notices"] if kind == "stacks"}
    for contender in stacks.keys() & WAITING:
        waiting = stacks[contender]["waiting"]
        groups = [each for each in waiting if any(frame.startswith("mix (/lab/") for frame in each["stack"])]
        assert groups, f"{contender}: wanted a wait in mix, got {waiting}"


def test_a_planted_leak_is_found_at_its_line() -> None:
    run = profiled(MEMORY)
    identity = (ROOT / "services/contender/identity.py").read_text("utf-8").splitlines()
    line = 1 + next(place for place, text in enumerate(identity) if "LEAKED.append(" in text)
    first = {row["contender"]: row for row in reversed(run["results"])}
    assert set(first) == set(json.loads(os.environ["LEAKING"])), run["error"]
    for row in first.values():
        assert (row["file"], row["line"]) == ("contender/identity.py", line), row
        assert abs(row["bytes_per_request"] - LEAKED) <= NEAR * LEAKED, row
    (summary,) = [data for kind, data in run["notices"] if kind == "summary"]
    assert all(row["traced_us"] > row["cpu_us"] for row in summary["rows"]), "tracing costs something"


def test_what_a_lesson_on_a_profile_claims_shows() -> None:
    """Of the newest run of it that there is: with --all the suite makes one."""
    for lesson in [run for run in runs() if run.script]:
        tag = f"lesson:{lesson.name}"
        if not answered(get(RUNS, params={"tag": tag}), 200).json()["items"]:
            pytest.skip("scripts/suite profile --all makes its run")
        (claim,) = [data for kind, data in profiled(tag)["notices"] if kind == "lesson"]
        assert claim["holds"], claim["text"]
