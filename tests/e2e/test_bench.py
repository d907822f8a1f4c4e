"""The experiments as a person starts them, through the queue: what the rows prove about each model.

How loads are timed, counted and judged is a matter of the unit tests; here, whether each experiment does it at the lab.
"""

import itertools
from datetime import datetime
from typing import Any

import pytest

from tests.e2e.lab import EARLY_MS, NAMES, PROFILES, WORKERS, answered, answers_soon, ask, get, process
from tests.e2e.queue import cancel, events, finished, queued, until
from tests.turns import LAB, turn

pytestmark = LAB

Row = dict[str, Any]

COOPERATIVE = [name for name in NAMES if name not in ("sync", "gthread")]


def run(experiment: str, contenders: list[str] | None = None, **params: Any) -> dict[str, Any]:
    return finished({"experiment": experiment, "params": params, "contenders": contenders or NAMES})


def notices(run: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [data for each, data in run["notices"] if each == kind]


# --- race ---------------------------------------------------------------------------------------------

REQUESTS, MS = 10 * WORKERS, 100


@pytest.fixture(scope="module")
def race() -> dict[str, Any]:
    return run("race", workload="io", ms=MS, requests=REQUESTS)


def rows_of(run: dict[str, Any], contender: str) -> list[Row]:
    return [row for row in run["results"] if row["contender"] == contender]


def test_a_race_has_a_row_for_every_request_and_each_is_a_right_answer(race: dict[str, Any]) -> None:
    for contender in NAMES:
        rows = rows_of(race, contender)
        assert sorted(row["seq"] for row in rows) == list(range(REQUESTS)), contender
        assert {(row["status"], row["error"]) for row in rows} == {(200, None)}, rows
        for row in rows:
            assert row["sent"] < row["started"] < row["finished"] < row["received"], row
            assert row["finished"] - row["started"] >= (MS - EARLY_MS) / 1000, row


def test_sync_serves_one_request_a_process_and_the_others_all_at_once(race: dict[str, Any]) -> None:
    """What overlaps and what does not is the models' doing; how long it takes, also the machine's."""
    for number in {process(row) for row in rows_of(race, "sync")}:
        own = sorted((row for row in rows_of(race, "sync") if process(row) == number), key=lambda row: row["started"])
        assert {row["lane"] for row in own} == {"thread-1"}
        for one, following in itertools.pairwise(own):
            assert one["finished"] <= following["started"], f"{number} served two at once: {one} and {following}"
    assert len({process(row) for row in rows_of(race, "sync")}) == WORKERS
    for contender in COOPERATIVE:
        lanes = {(process(row), row["lane"]) for row in rows_of(race, contender)}
        assert len(lanes) == REQUESTS, f"{contender}: {len(lanes)} lanes for {REQUESTS} requests at once"


def test_a_run_says_what_it_came_to_and_what_it_was_measured_on(race: dict[str, Any]) -> None:
    assert [data["what"] for data in notices(race, "measuring")] == NAMES, "wanted each contender announced in its turn"
    [summary], [verdict] = notices(race, "summary"), notices(race, "verdict")
    assert [(line["contender"], line["answered"]) for line in summary["rows"]] == [(name, REQUESTS) for name in NAMES]
    assert summary["rows"][0]["at_once"] == WORKERS
    assert len(summary["sentences"]) > 0
    environment = race["environment"]
    assert environment["noise"] == verdict
    assert environment.keys() >= {"cores", "cpu_model", "memory_mb", "kernel", "load_before", "generator", "pinned"}
    nginx = {"server": "nginx", "server_version": get("/healthz").headers["X-Nginx-Version"]}
    assert (environment["nginx"], set(environment["contenders"])) == (nginx, set(NAMES))
    for name, contender in environment["contenders"].items():
        assert (contender["workers"], contender["replicas"]) == (WORKERS, 1), f"{name}: {contender}"
        assert contender.keys() >= {"server", "server_version", "worker", "python", "cpus", "memory_mb", "cpuset"}


# --- load ---------------------------------------------------------------------------------------------


def test_a_sweep_counts_everything_and_costs_what_the_contender_says() -> None:
    swept = run("sweep", ["uvicorn"], workload="io", ms=0, points=[1, 4], seconds=0.3, repeats=2)
    rows, points = swept["results"], notices(swept, "point")
    assert [(row["point"], row["repeat"]) for row in rows] == [(1, 1), (4, 1), (1, 2), (4, 2)], "wanted interleaving"
    assert swept["environment"]["noise"]["repeats"] == 2
    for row, point in zip(rows, points, strict=True):
        assert (row["errors"], row["timeouts"]) == (0, 0), row
        assert row["requests"] == pytest.approx(row["rps"] * row["seconds"], rel=0.01)  # by shares at the edges
        assert row["p50_ms"] <= row["p90_ms"] <= row["p99_ms"] <= row["p999_ms"] <= row["max_ms"]
        assert row["rss_mb"] > 10
        assert row["cpu_pct"] == pytest.approx(point["cpu_us"] * row["rps"] / 1e4, rel=0.01)
        assert 0 < point["fairness"]["workers"] <= 1, "wanted it known which process answered"
        assert point["generator"]["sent"] == point["generator"]["intended"], point


def test_an_open_loop_keeps_its_rate_and_has_both_latencies() -> None:
    rated = run("rate", ["gevent"], workload="io", ms=20, rate=100, seconds=1, repeats=1, arrivals="poisson")
    [row], [point] = rated["results"], notices(rated, "point")
    generator = point["generator"]
    assert generator["sent"] == generator["intended"] == row["requests"] + row["errors"] + row["timeouts"]
    assert row["p50_ms"] >= 20 - EARLY_MS
    assert point["uncorrected"]["p99_ms"] <= row["p99_ms"]


@pytest.mark.skipif("generators" not in PROFILES, reason="COMPOSE_PROFILES=generators starts another one")
def test_two_generators_make_one_load() -> None:
    shared = run("rate", ["uvicorn"], workload="io", ms=20, rate=100, seconds=1, repeats=1, generators=2)
    [row], [point] = shared["results"], notices(shared, "point")
    each = point["generator"]["each"]
    assert len(each) == 2, each
    assert {one["sent"] for one in each.values()} == {point["generator"]["sent"] / 2}, each
    assert row["requests"] + row["errors"] + row["timeouts"] == point["generator"]["intended"] == 100, row
    assert row["p50_ms"] >= 20 - EARLY_MS


def test_more_generators_than_there_are_are_asked_for_by_their_command() -> None:
    path = queued(
        {"experiment": "rate", "params": {"rate": 10, "seconds": 1, "generators": 16}, "contenders": ["uvicorn"]}
    )
    until(path, "failed")
    error = answered(get(path), 200).json()["error"]
    assert "COMPOSE_PROFILES=generators GENERATORS=15 scripts/up" in error, error
    answered(ask("DELETE", path), 204)


# --- others ---------------------------------------------------------------------------------------------

BLOCK_MS = 500  # a pause of the machine is a small part of it


def test_a_free_worker_shields_the_innocent_from_a_blocking_line() -> None:
    """Under sync nobody waits for a block as long as a worker is free. That an event loop is ruined is a lesson's."""
    run_ = run("victim", ["sync"], workload="block", ms=BLOCK_MS, background=WORKERS - 1, seconds=1)
    [during] = [line for line in notices(run_, "summary")[0]["rows"] if line["phase"] == "during"]
    assert during["p50_ms"] < BLOCK_MS / 2, f"{during['p50_ms']} ms of {BLOCK_MS}: {during}"


# --- the queue --------------------------------------------------------------------------------------------


def test_a_cancelled_run_ends_at_once_and_the_next_one_begins() -> None:
    """Before the first would have come to its end: its one round takes ten seconds."""
    waits = {"workload": "io", "ms": 10_000, "requests": 1}
    with turn("gevent", alone=False):
        path = queued({"experiment": "race", "params": waits, "contenders": ["gevent"]})
        until(path, "running")
        cancel(path)
    assert [data["state"] for kind, data in events(path) if kind == "state"] == ["queued", "running", "cancelled"]
    cancelled, following = answered(get(path), 200).json(), run("race", ["uvicorn"], workload="io", ms=0, requests=1)
    waited = datetime.fromisoformat(following["started"]) - datetime.fromisoformat(cancelled["started"])
    assert waited.total_seconds() < 10, f"the next run began {waited} after the cancelled one's start"
    answered(ask("DELETE", path), 204)


def test_a_page_by_http2_is_as_fast_as_the_contender_not_as_six_connections() -> None:
    fetched = run("waterfall", ["sync", "uvicorn"], workload="io", ms=100, requests=24)
    [summary] = notices(fetched, "summary")
    pages = {(line["contender"], line["protocol"]): line for line in summary["rows"]}
    for key, most, connections in (
        (("uvicorn", "http/1.1"), 6, 6),
        (("uvicorn", "h2"), 24, 1),
        (("uvicorn", "h3"), 24, 1),
        (("sync", "h2"), WORKERS, 1),
    ):
        page = pages[key]
        assert (page["answered"], page["errors"], page["connections"]) == (24, 0, connections), page
        assert page["at_once"] <= most, page
    assert pages["uvicorn", "h2"]["at_once"] > 6, pages
    assert any("bottleneck was sync" in sentence for sentence in summary["sentences"]), summary


def test_who_speaks_what_is_measured_and_the_contenders_are_back() -> None:
    """Directly: nginx's share is asked of it in test_edge.py."""
    names = [name for name in NAMES if name in ("sync", "uvicorn", "hypercorn")]
    found = {(row["contender"], row["feature"]): row for row in run("protocols", names, direct=True)["results"]}
    for name, feature, verdict in (
        ("sync", "keep-alive", "no"),
        ("sync", "websocket-text", "no"),
        ("sync", "early-hints", "yes"),
        ("sync", "graceful-shutdown", "yes"),
        ("uvicorn", "keep-alive", "yes"),
        ("uvicorn", "websocket-deflate", "yes"),
        ("uvicorn", "client-disconnect", "yes"),
        ("uvicorn", "h2-prior-knowledge", "no"),
        ("hypercorn", "h2-prior-knowledge", "yes"),
        ("hypercorn", "websocket-h2", "yes"),
    ):
        if name in names:
            assert found[name, feature]["verdict"] == verdict, found[name, feature]
    for name in names:
        answers_soon(f"/{name}/hello", lambda response: response.status_code == 200)


def test_contenders_that_answer_different_bytes_are_not_compared() -> None:
    """Each dumps what its own interface handed it."""
    params = {"workload": "request", "path": "/dump"}
    refused = finished({"experiment": "ab", "params": params, "contenders": ["sync", "uvicorn"]}, "failed")
    assert refused["error"].startswith("Responses differ: the bodies of sync and uvicorn differ in GET /dump"), refused
    assert refused["results"] == []
