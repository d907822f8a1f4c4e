"""The bench as a person runs it beside the lab, and what is left of a run when somebody dies in the middle of it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.e2e.lab import PATIENCE, answered, answers_soon, ask, get
from tests.e2e.queue import RUNS, events, queued, tagged, until
from tests.lifecycle.engine import container, on_postgres, run_container, until_healthy
from tests.lifecycle.parallel import side_by_side

# Long enough to be in the middle of: two at a time, a second each.
SLOW: dict[str, Any] = {"workload": "io", "ms": 1000, "requests": 8}


@pytest.fixture
def tag() -> Iterator[str]:
    with tagged() as name:
        yield name


def bench(*command: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    with run_container("bench", list(command)) as run:
        return ended(run)


def ended(run: Any) -> tuple[int, str, str]:
    code = run.wait(timeout=2 * PATIENCE)["StatusCode"]
    return code, *(run.logs(stdout=out, stderr=not out).decode() for out in (True, False))


def listed(tag: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = answered(get(RUNS, params={"tag": tag}), 200).json()["items"]
    return items


def rows(path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = answered(get(f"{path}/results"), 200).json()["items"]
    return items


# --- the command line ---------------------------------------------------------------------------------


def test_a_run_is_printed_kept_shown_and_exported(tag: str) -> None:
    """As a picture and as JSON. What reads a run of the records needs no turn at measuring, so all of it is at once."""
    race = ["race", "--contender", "sync", "--ms", "50", "-n", "4", "--tag", tag]

    def as_json() -> None:
        code, out, err = bench(*race, "--tag", f"{tag}-json", "--json")
        assert code == 0, err
        printed = json.loads(out)
        assert printed.keys() == {"run", "results"}
        assert [run["id"] for run in listed(f"{tag}-json")] == [printed["run"]["id"]]
        path = f"{RUNS}/{printed['run']['id']}"
        assert answered(get(path), 200).json() == printed["run"]
        assert rows(path) == printed["results"]
        assert (printed["run"]["state"], len(printed["results"])) == ("done", 4)

    def as_picture() -> None:
        code, out, err = bench(*race, "--tag", f"{tag}-picture")
        assert code == 0, err
        assert "sync served " in out
        [run] = listed(f"{tag}-picture")
        commands = (["show", run["id"]], ["list"], ["export", run["id"], "--format", "csv"], ["export", run["id"]])
        with ThreadPoolExecutor(len(commands)) as pool:
            shown, listing, table, document = pool.map(lambda command: bench(*command), commands)
        # That the machine was fit is printed before the run, on standard error, and shown with it afterwards.
        lines = [line for line in shown[1].splitlines(True) if not line.startswith("Before the run: ")]
        assert (shown[0], "".join(lines)) == (0, out)
        assert run["id"] in listing[1]
        assert (table[0], len(table[1].splitlines()), table[1].partition(",")[0]) == (0, 5, "contender")
        assert len(json.loads(document[1])["results"]) == 4

    side_by_side({"race --json": as_json, "race": as_picture})


def test_exit_codes_get_out_of_the_container() -> None:
    """2 for wrong usage, 1 for what is not there; the messages are a matter of the unit tests."""
    unknown = "01a20672-f3a4-75ed-8c7b-298ce172ad2a"

    def check(wanted: int, named: str, *command: str) -> None:
        code, out, err = bench(*command)
        assert (code, out) == (wanted, ""), err
        assert named in err, err

    side_by_side(
        {
            "race": partial(check, 2, "99999", "race", "--ms", "99999"),
            "show": partial(check, 1, unknown, "show", unknown),
        }
    )


def test_an_interrupt_keeps_what_was_measured_as_a_cancelled_run(tag: str) -> None:
    slow = ["--contender", "sync", "--workload", "io", "--ms", "1000", "-n", "8"]
    with run_container("bench", ["race", *slow, "--tag", tag, "--json"]) as run:
        path = begun(tag, run)
        next(data for kind, data in events(path) if kind == "sample")
        run.kill(signal="SIGINT")
        code, out, err = ended(run)
    assert code == 1, err
    printed = json.loads(out)
    assert printed["run"]["state"] == answered(get(path), 200).json()["state"] == "cancelled"
    assert 0 < len(printed["results"]) < 8
    assert rows(path) == printed["results"]


def begun(tag: str, run: Any) -> str:
    """The path of the container's run, as soon as there is one: it takes a second to start."""
    while not (found := listed(tag)):
        run.reload()
        assert run.status == "running", run.logs().decode()
    return f"{RUNS}/{found[0]['id']}"


# --- somebody dies --------------------------------------------------------------------------------------


def slow_race(tag: str, **params: int) -> str:
    return queued({"experiment": "race", "params": SLOW | params, "contenders": ["sync"], "tags": [tag]})


def done(path: str) -> None:
    until(path, "done")
    assert sorted(row["seq"] for row in rows(path)) == list(range(SLOW["requests"])), "wanted each request once"


def test_a_run_whose_bench_is_killed_is_measured_anew(tag: str) -> None:
    path = slow_race(tag, workers=3)
    next(data for kind, data in events(path) if kind == "sample")
    killed = container("bench")
    killed.kill()
    expire_lease()
    with until_healthy("bench"):
        killed.start()
    done(path)
    states = [data["state"] for kind, data in events(path) if kind == "state"]
    assert states == ["queued", "running", "queued", "running", "done"]
    assert len({row["pid"] for row in rows(path)}) == 3, "wanted the number of workers of the run again"


EXPIRE = """
import sqlite3
with sqlite3.connect("/data/serverlab.db", timeout=5) as connection:
    connection.execute("UPDATE runs SET leased_until = started WHERE state = 'running'")
"""


def expire_lease() -> None:
    """As if its fifteen seconds had passed, for which the unit tests have a clock. On Postgres they do pass."""
    if not on_postgres():
        code, output = container("records").exec_run(["python", "-c", EXPIRE])
        assert code == 0, output.decode()


def test_a_run_outlives_the_records_restart(tag: str) -> None:
    path = slow_race(tag)
    next(data for kind, data in events(path) if kind == "sample")
    with until_healthy("records"):
        container("records").restart()
    answers_soon(path, lambda response: response.status_code == 200)
    done(path)
    states = [data["state"] for kind, data in events(path) if kind == "state"]
    assert states == ["queued", "running", "done"], "wanted it measured once"


def test_a_generator_that_dies_takes_its_share_and_the_point_says_so() -> None:
    params = {"workload": "io", "ms": 20, "rate": 50, "seconds": 3, "repeats": 1, "generators": 2}
    path, generator = (
        queued({"experiment": "rate", "params": params, "contenders": ["uvicorn"]}),
        container("generator"),
    )
    try:
        points = []
        for kind, data in events(path):
            if kind == "measuring":
                generator.kill()
            if kind == "point":
                points.append(data)
    finally:
        with until_healthy("generator"):
            generator.start()
    [point] = points
    assert "generator-lost" in {doubt["kind"] for doubt in point["doubts"]}, point
    assert (list(point["generator"]["each"]), point["generator_limited"]) == (["bench"], True), point
    answered(ask("DELETE", path), 204)
