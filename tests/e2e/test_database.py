"""/db: real queries, by what each model's users take, and by a driver that waits in C."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.lab import NAMES, PROFILES, WORKERS, answered, get, problem, process
from tests.e2e.test_models import Row, at_once

if_there = pytest.mark.skipif("postgres" not in PROFILES, reason="COMPOSE_PROFILES=postgres starts the database")
POOL = 10


@pytest.mark.skipif("postgres" in PROFILES, reason="the database is there")
def test_without_its_database_it_names_the_command() -> None:
    for name in NAMES:
        refused = problem(get(f"/{name}/db"), 503)
        assert "COMPOSE_PROFILES=postgres scripts/up" in refused["detail"], f"{name}: {refused}"


@if_there
def test_queries_wait_one_after_another_and_say_how_long() -> None:
    for name in NAMES:
        for driver in ("", "&driver=blocking"):
            answer = answered(get(f"/{name}/db?ms=30&queries=3&cpu_ms=10{driver}"), 200).json()
            took = 1000 * (answer["finished"] - answer["started"])
            assert 90 <= answer["db_ms"] <= took - 9, f"{name}{driver}: {answer}"
            assert 0 <= answer["db_wait_ms"] <= took, f"{name}{driver}: {answer}"


@if_there
@pytest.mark.usefixtures("alone")
def test_a_driver_that_waits_in_c_is_shared_by_threads_alone(contender: str) -> None:
    """And the usual one by all but sync, which carries one request at a time anyway."""
    ms = 200  # of four in turn the fourth waits for 600, which is more than a busy machine holds one up
    for driver in ("usual", "blocking"):
        at_once(4 * WORKERS, f"/{contender}/db?ms=20")  # which opens the connections
        rows = at_once(4 * WORKERS, f"/{contender}/db?ms={ms}&driver={driver}")
        by_process: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for each in rows:
            by_process[process(each)].append(each)
        own = max(by_process.values(), key=len)
        took = 1000 * (max(each["finished"] for each in own) - min(each["started"] for each in own))
        in_turn = contender == "sync" or (driver == "blocking" and contender != "gthread")
        assert (took >= 0.99 * ms * len(own)) is in_turn, f"{driver}: {len(own)} queries took {took:.0f} ms"


@if_there
@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("contender", ["gevent", "eventlet"])  # of the event loops the next test has one
def test_more_requests_than_a_pool_has_wait_for_a_connection(contender: str) -> None:
    """Of twice as many as all processes have, at least one process has so many more than it has connections."""
    rows = at_once(2 * WORKERS * POOL, f"/{contender}/db?ms=1000")  # sync and gthread carry fewer than a pool has
    waited = [each["db_wait_ms"] for each in rows]
    assert sum(each > 500 for each in waited) >= POOL, sorted(waited)


@if_there
@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("contender", ["uvicorn"])
def test_a_request_that_finds_no_connection_in_time_is_refused(contender: str) -> None:
    """Five seconds: of four times as many as there are connections, at 3 s each, the last half would wait longer."""
    count = 4 * WORKERS * POOL
    with ThreadPoolExecutor(count) as clients:
        answers = list(clients.map(get, [f"/{contender}/db?ms=1000&queries=3"] * count))
    refused = [problem(each, 503) for each in answers if each.status_code != 200]
    assert refused, "wanted some refused"
    assert all("connections of this process's pool were in use for 5 s" in each["detail"] for each in refused), refused
    waited = [each.json()["db_wait_ms"] for each in answers if each.status_code == 200]
    assert sum(each > 500 for each in waited) >= POOL, sorted(waited)
