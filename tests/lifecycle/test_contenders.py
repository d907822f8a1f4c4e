"""Contenders that stop, crash, restart, move and multiply, while nginx is left alone.

`sync` stands for gunicorn and for an upstream without keep-alive, `uvicorn` for uvicorn and for one with it: the other
contenders have the same servers, compose settings and locations.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from tests.e2e.lab import NAMES, PATIENCE, URL, answered, answers_soon, get, problem
from tests.lifecycle.engine import address, container, containers, copied, until_healthy


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


# --- nothing that can be answered is lost ---------------------------------------------------------------


class Answers(Counter[int]):
    """Statuses, counted by several clients."""

    def __init__(self) -> None:
        super().__init__()
        self._more = threading.Condition()

    def add(self, status: int) -> None:
        with self._more:
            self[status] += 1
            self._more.notify_all()

    def wait_for(self, more: int) -> None:
        """Until so many more have come."""
        with self._more:
            wanted = self.total() + more
            assert self._more.wait_for(lambda: self.total() >= wanted, PATIENCE), f"wanted {wanted}, got {self}"


HALF = -1  # in place of a status: the answer had begun, so that nobody could send its request once more


@contextmanager
def asked_for(path: str, clients: int = 8) -> Iterator[Answers]:
    """What so many clients are answered during the block, each of which sends one request after the other."""
    answers, over = Answers(), threading.Event()

    def client() -> None:
        with requests.Session() as session:
            while not over.is_set():
                try:
                    answers.add(session.get(URL + path, timeout=PATIENCE).status_code)
                except requests.exceptions.ChunkedEncodingError:
                    answers.add(HALF)

    with ThreadPoolExecutor(clients) as pool:
        sent = [pool.submit(client) for _ in range(clients)]
        try:
            yield answers
        finally:
            over.set()
    for each in sent:
        each.result()


def from_all(replicas: int) -> Callable[[requests.Response], bool]:
    """Whether so many hosts have answered by now."""
    hosts = set[str]()

    def seen(response: requests.Response) -> bool:
        assert ok(response)
        hosts.add(response.json()["host"])
        return len(hosts) == replicas

    return seen


def test_each_replica_takes_its_turn_and_loses_no_get_when_it_vanishes(contender: str) -> None:
    original = container(contender)
    twins = [copied(original, f"{original.name}-replica-{number}") for number in (2, 3)]
    try:
        with until_healthy(contender, len(twins)):
            for twin in twins:
                twin.start()
        assert len(containers(contender)) == 3
        answers_soon(f"/{contender}/whoami", from_all(3))
        with asked_for(f"/{contender}/io?ms=20") as statuses:
            statuses.wait_for(50)
            for twin in twins:
                twin.remove(force=True)
            statuses.wait_for(100)
    finally:
        for each in containers(contender):
            if each.id != original.id:
                each.remove(force=True)
    # uvicorn sends an answer's head and its body one after the other; one that is killed in between has sent half.
    assert set(statuses) - {HALF} == {200}, f"{contender}, scaled from 3 to 1: {statuses}"
    assert statuses[HALF] <= len(twins), f"{contender}, scaled from 3 to 1: {statuses}"


def test_a_sync_worker_that_is_killed_in_a_request_loses_no_get() -> None:
    """Its request is sent once more, to another; a POST never is. Of a worker with many requests at a time one may be
    half answered when it is killed, which nobody can send once more."""
    killed = 0
    with asked_for("/sync/io?ms=50") as statuses:
        while killed < 5:
            pid = get("/sync/whoami").json()["pid"]
            code, _ = container("sync").exec_run(["python", "-c", f"import os; os.kill({pid}, 9)"])
            killed += code == 0
    assert set(statuses) == {200}, f"{killed} workers of sync killed: {statuses}"


def test_nginx_reloads_by_its_ordinary_command_and_loses_nothing() -> None:
    with asked_for("/uvicorn/io?ms=20") as statuses:
        reloaded = container("nginx").exec_run(["nginx", "-s", "reload"])
        statuses.wait_for(100)
    assert reloaded.exit_code == 0, reloaded.output
    assert set(statuses) == {200}, f"nginx reloaded: {statuses}"
