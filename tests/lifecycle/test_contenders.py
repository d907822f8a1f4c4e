"""Contenders that stop, crash, restart, move and multiply, while nginx is left alone.

`sync` stands for gunicorn and for an upstream without keep-alive, `uvicorn` for uvicorn and for one with it: the other
contenders have the same servers, compose settings and locations.
"""

from collections.abc import Iterator

import pytest
import requests

from tests.e2e.lab import NAMES, answered, get, problem
from tests.lifecycle.engine import SOON, address, answers_soon, container, containers, copied, until_healthy


@pytest.fixture(autouse=True)
def nginx_untouched() -> Iterator[None]:
    before = container("nginx").attrs["State"]["StartedAt"]
    yield
    assert container("nginx").attrs["State"]["StartedAt"] == before


DOWN = (502, 503, 504)


def ok(response: requests.Response) -> bool:
    return response.status_code == 200


@pytest.fixture(params=["sync", "uvicorn"])
def contender(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_stopped_contender_is_named_and_the_others_go_on_until_it_answers_again(contender: str) -> None:
    stopped = container(contender)
    stopped.stop()
    try:
        for _ in range(2):  # the first may still find the old address, the second no name any more
            response = get(f"/{contender}/hello")
            assert response.status_code in DOWN
            assert contender in problem(response, response.status_code)["detail"]
        for other in set(NAMES) - {contender}:
            answered(get(f"/{other}/hello"), 200)
        answered(get("/"), 200)
    finally:
        with until_healthy(contender):
            stopped.start()
    answers_soon(f"/{contender}/hello", ok)


def test_without_the_records_starlette_answers_and_its_runs_name_them() -> None:
    records = container("records")
    records.stop()
    try:
        answered(get("/starlette/hello"), 200)
        for _ in range(2):
            response = get("/starlette/runs")
            assert response.status_code in DOWN
            assert "records" in problem(response, response.status_code)["detail"]
    finally:
        with until_healthy("records"):
            records.start()
    answers_soon("/starlette/runs", ok)


KILL_THE_CHILD_OF_INIT = "import os; os.kill(int(open('/proc/1/task/1/children').read().split()[0]), 9)"


def test_a_server_that_dies_is_started_again(contender: str) -> None:
    """SIGKILL to the server itself; `docker kill` would count as a stop that somebody wanted."""
    crashed = container(contender)
    with until_healthy(contender):
        crashed.exec_run(["python", "-c", KILL_THE_CHILD_OF_INIT])
    answers_soon(f"/{contender}/hello", ok)
    crashed.reload()
    assert crashed.attrs["RestartCount"] >= 1


def test_a_worker_that_dies_is_replaced(contender: str) -> None:
    pid = get(f"/{contender}/whoami").json()["pid"]
    container(contender).exec_run(["python", "-c", f"import os; os.kill({pid}, 9)"])
    answers_soon(f"/{contender}/whoami", lambda response: ok(response) and response.json()["pid"] != pid)


def test_a_contender_with_another_address_is_found(contender: str) -> None:
    """As after `docker compose up --force-recreate`, with the old address taken by somebody else."""
    original = container(contender)
    before = address(original)
    twin = copied(original, f"{original.name}-moved")
    try:
        with until_healthy(contender):
            twin.start()
        original.stop()
        assert address(twin) != before
        answers_soon(f"/{contender}/whoami", lambda response: ok(response) and response.json()["host"] == twin.id[:12])
    finally:
        twin.remove(force=True)
        with until_healthy(contender):
            original.start()
    answers_soon(f"/{contender}/hello", ok)


def test_each_replica_of_a_scaled_contender_takes_its_turn(contender: str) -> None:
    original = container(contender)
    twins = [copied(original, f"{original.name}-replica-{number}") for number in (2, 3)]
    hosts: set[str] = set()

    def all_three(response: requests.Response) -> bool:
        assert ok(response)
        hosts.add(response.json()["host"])
        return len(hosts) == 3

    try:
        with until_healthy(contender, len(twins)):
            for twin in twins:
                twin.start()
        assert len(containers(contender)) == 3
        answers_soon(f"/{contender}/whoami", all_three)
    finally:
        for twin in twins:
            twin.remove(force=True)
    # Pulled out without a word: a request may meet both old addresses, a second each, before nginx asks DNS again.
    answers_soon(f"/{contender}/hello", ok, within=SOON + len(twins))
