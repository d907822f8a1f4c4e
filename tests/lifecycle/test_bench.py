"""The bench as a person runs it beside the lab, and what is left of a run when somebody dies in the middle of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.lab import PATIENCE, answered, answers_soon, ask, get
from tests.e2e.queue import RUNS, events, queued, tagged, until
from tests.lifecycle.engine import container, ran, until_healthy

# Long enough to be in the middle of: two at a time, a second each.
SLOW: dict[str, Any] = {"workload": "io", "ms": 1000, "requests": 8}


@pytest.fixture
def tag() -> Iterator[str]:
    with tagged() as name:
        yield name


def bench(*command: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    with ran("bench", list(command)) as run:
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


def test_json_is_one_object_on_standard_output_and_the_run_is_kept(tag: str) -> None:
    code, out, err = bench("race", "--contender", "sync", "--ms", "50", "-n", "4", "--tag", tag, "--json")
    assert code == 0, err
    printed = json.loads(out)
    assert printed.keys() == {"run", "results"}
    assert [run["id"] for run in listed(tag)] == [printed["run"]["id"]]
    path = f"{RUNS}/{printed['run']['id']}"
    assert answered(get(path), 200).json() == printed["run"]
    assert rows(path) == printed["results"]
    assert (printed["run"]["state"], len(printed["results"])) == ("done", 4)


def test_a_kept_run_is_shown_and_exported(tag: str) -> None:
    code, out, err = bench("race", "--contender", "sync", "--ms", "50", "-n", "4", "--tag", tag)
    assert code == 0, err
    assert "sync served " in out
    [run] = listed(tag)
    assert bench("show", run["id"])[:2] == (0, out)
    assert run["id"] in bench("list")[1]
    code, table, _ = bench("export", run["id"], "--format", "csv")
    assert (code, len(table.splitlines()), table.partition(",")[0]) == (0, 5, "contender")
    assert len(json.loads(bench("export", run["id"])[1])["results"]) == 4


def test_exit_codes_get_out_of_the_container() -> None:
    """2 for wrong usage, 1 for what is not there; what is said of each is a matter of the unit tests."""
    for command, wanted, named in (
        (["race", "--ms", "99999"], 2, "99999"),
        (["show", "01a20672-f3a4-75ed-8c7b-298ce172ad2a"], 1, "01a20672-f3a4-75ed-8c7b-298ce172ad2a"),
    ):
        code, out, err = bench(*command)
        assert (code, out) == (wanted, ""), f"bench {' '.join(command)}: {err}"
        assert named in err, err


def test_an_interrupt_keeps_what_was_measured_as_a_cancelled_run(tag: str) -> None:
    slow = ["--contender", "sync", "--workload", "io", "--ms", "1000", "-n", "8"]
    with ran("bench", ["race", *slow, "--tag", tag, "--json"]) as run:
        path = begun(tag)
        next(data for kind, data in events(path) if kind == "sample")
        run.kill(signal="SIGINT")
        code, out, err = ended(run)
    assert code == 1, err
    printed = json.loads(out)
    assert printed["run"]["state"] == answered(get(path), 200).json()["state"] == "cancelled"
    assert 0 < len(printed["results"]) < 8
    assert rows(path) == printed["results"]


def begun(tag: str) -> str:
    """The path of the run under that tag, as soon as there is one: the container takes a second to start."""
    feed = get(RUNS, params={"tag": tag})
    while not feed.json()["items"]:
        feed = answered(get(RUNS, params={"tag": tag}), 200)
        assert container("bench-run").status == "running", container("bench-run").logs().decode()
    return f"{RUNS}/{feed.json()['items'][0]['id']}"


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
    with until_healthy("bench"):
        killed.start()
    done(path)
    states = [data["state"] for kind, data in events(path) if kind == "state"]
    assert states == ["queued", "running", "queued", "running", "done"]
    assert len({row["pid"] for row in rows(path)}) == 3, "wanted the number of workers of the run again"


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
    params = {"workload": "io", "ms": 20, "rate": 50, "seconds": 5, "repeats": 1, "generators": 2}
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
