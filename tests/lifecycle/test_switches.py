"""What is broken on purpose breaks as it is said to, and is told: gunicorn's own settings, one at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.lab import answered, get
from tests.lifecycle.engine import answers_soon, apart, container, until_healthy


@pytest.fixture
def no_sync() -> Iterator[None]:
    """Its place is free for one with other settings."""
    original = container("sync")
    original.stop()
    try:
        yield
    finally:
        with until_healthy("sync"):
            original.start()
        answers_soon("/sync/hello", lambda response: response.status_code == 200)


def test_a_worker_that_is_silent_for_longer_than_the_time_out_is_killed_with_its_request(no_sync: None) -> None:
    with apart("sync", "sync-timeout", {"GUNICORN_TIMEOUT": "1"}, alias="sync") as made:
        answers_soon("/sync/hello", lambda response: response.status_code == 200)
        assert answered(get("/sync/usage"), 200).json()["switches"] == {"GUNICORN_TIMEOUT": "1"}
        answered(get("/sync/io?ms=5000"), 500, "text/html")  # gunicorn's own word, as its worker is ended
        assert b"WORKER TIMEOUT" in made.logs()


def test_workers_that_are_replaced_after_as_many_requests_lose_none(no_sync: None) -> None:
    with apart("sync", "sync-max", {"MAX_REQUESTS": "20"}, alias="sync") as made:
        answers_soon("/sync/hello", lambda response: response.status_code == 200)
        pids = set()
        with ThreadPoolExecutor(4) as clients:
            for response in clients.map(get, ["/sync/whoami"] * 100):
                pids.add(answered(response, 200).json()["pid"])
        assert len(pids) > 2, "wanted workers replaced"
        assert b"Autorestarting worker" in made.logs()
