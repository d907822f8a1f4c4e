"""The database of /db when it restarts, and when all processes together want more connections than it has."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.lab import NAMES, PROFILES, WORKERS, answered, answers_soon, get, problem
from tests.lifecycle.engine import container, until_healthy, variant_container

pytestmark = pytest.mark.skipif("postgres" not in PROFILES, reason="COMPOSE_PROFILES=postgres starts the database")


def test_each_pool_recovers_by_itself_from_a_database_that_restarts() -> None:
    paths = [f"/{name}/db?ms=0" for name in NAMES]
    database = container("db")
    with ThreadPoolExecutor(len(paths)) as clients:  # each waits five seconds for a connection
        for response in clients.map(get, paths):
            answered(response, 200)  # a pool with a connection in it
        database.stop()
        for response in clients.map(get, paths):
            detail = problem(response, 503)["detail"]
            assert "database" in detail, f"{response.url}: {detail}"
        for name in NAMES:
            answered(get(f"/{name}/io?ms=0"), 200)
        with until_healthy("db"):
            database.start()
        for path in paths:
            # The pools' own pauses between two attempts double from one second, for five seconds.
            answers_soon(path, lambda response: response.status_code == 200, within=10)


def test_more_connections_than_the_database_has_are_refused_in_its_own_words() -> None:
    """Workers times pool above max_connections: up to 20 of 8, of which it keeps three for superusers."""
    database, count = container("db"), 3 * WORKERS * 10
    database.stop()
    try:
        with (
            variant_container("db", "db-small", {}, command=["-c", "max_connections=8"], alias="db"),
            ThreadPoolExecutor(count) as clients,
        ):
            answers = list(clients.map(get, ["/uvicorn/db?ms=1000"] * count))
        refused = [problem(each, 503)["detail"] for each in answers if each.status_code != 200]
        assert len(refused) < count, "wanted those that had a connection answered"
        assert any("slots" in each or "too many clients" in each for each in refused), refused
    finally:
        with until_healthy("db"):
            database.start()
    answers_soon("/uvicorn/db?ms=0", lambda response: response.status_code == 200, within=10)
