"""Contenders that stop, crash, restart, move and multiply, while nginx is left alone.

`sync` stands for gunicorn and for an upstream without keep-alive, `uvicorn` for uvicorn and for one with it: the other
contenders have the same servers, compose settings and locations. Both are checked at the same time.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from tests.e2e.lab import NAMES, PATIENCE, URL, WORKERS, answered, answers_soon, get, problem
from tests.lifecycle.engine import address, clone, container, containers, until_healthy
from tests.lifecycle.parallel import for_each

BOTH = ("sync", "uvicorn")
DOWN = (502, 503, 504)


@pytest.fixture(autouse=True)
def nginx_untouched() -> Iterator[None]:
    before = container("nginx").attrs["State"]["StartedAt"]
    yield
    assert container("nginx").attrs["State"]["StartedAt"] == before


def ok(response: requests.Response) -> bool:
    return response.status_code == 200


def test_what_is_stopped_is_named_and_the_others_go_on_until_it_answers_again() -> None:
    """The records too: without them starlette answers, and its runs name them."""
    paths = {name: f"/{name}/hello" for name in BOTH} | {"records": "/starlette/runs"}

    def check(service: str) -> None:
        stopped = container(service)
        stopped.stop()
        try:
            for _ in range(2):  # the first may still find the old address, the second no name any more
                response = get(paths[service])
                assert response.status_code in DOWN
                assert service in problem(response, response.status_code)["detail"]
            for other in set(NAMES) - paths.keys():
                answered(get(f"/{other}/hello"), 200)
            answered(get("/"), 200)
        finally:
            with until_healthy(service):
                stopped.start()
        answers_soon(paths[service], ok)

    for_each(check, *paths)


KILL_THE_CHILD_OF_INIT = "import os; os.kill(int(open('/proc/1/task/1/children').read().split()[0]), 9)"


def test_a_server_that_dies_is_started_again() -> None:
    """SIGKILL to the server itself; `docker kill` would count as a stop that somebody wanted."""

    def check(contender: str) -> None:
        crashed = container(contender)
        with until_healthy(contender):
            crashed.exec_run(["python", "-c", KILL_THE_CHILD_OF_INIT])
        answers_soon(f"/{contender}/hello", ok)
        crashed.reload()
        assert crashed.attrs["RestartCount"] >= 1

    for_each(check, *BOTH)


# A worker starts in half a second here, and its master looks for dead ones once a second at most.
REPLACED = 10.0


def test_a_worker_that_dies_is_replaced() -> None:
    def check(contender: str) -> None:
        pid = get(f"/{contender}/whoami").json()["pid"]
        container(contender).exec_run(["python", "-c", f"import os; os.kill({pid}, 9)"])

        def replaced(response: requests.Response) -> bool:
            usage = response.json() if ok(response) else {"processes": [pid]}
            return pid not in usage["processes"] and usage["workers"] == WORKERS

        answers_soon(f"/{contender}/usage", replaced, within=REPLACED)

    for_each(check, *BOTH)


def test_a_contender_with_another_address_is_found() -> None:
    """As after `docker compose up --force-recreate`, with the old address taken by somebody else."""

    def check(contender: str) -> None:
        original = container(contender)
        before = address(original)
        twin = clone(original, f"{original.name}-moved")
        host = twin.id[:12]
        try:
            with until_healthy(contender):
                twin.start()
            original.stop()
            assert address(twin) != before
            answers_soon(f"/{contender}/whoami", lambda response: ok(response) and response.json()["host"] == host)
        finally:
            twin.remove(force=True)
            with until_healthy(contender):
                original.start()
        answers_soon(f"/{contender}/hello", ok)

    for_each(check, *BOTH)


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
def requesting(path: str, clients: int = 8) -> Iterator[Answers]:
    """What so many clients are answered during the block, each of which sends one request after the other.

    Each on a connection of its own: nginx may close one that is kept just as a request is on its way, for instance when
    it reloads, and to repeat that is the client's part (RFC 9112, 9.3.1).
    """
    answers, over = Answers(), threading.Event()

    def client() -> None:
        while not over.is_set():
            try:
                answers.add(requests.get(URL + path, headers={"Connection": "close"}, timeout=PATIENCE).status_code)
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


def test_each_replica_takes_its_turn_and_loses_no_get_when_it_vanishes() -> None:
    def check(contender: str) -> None:
        original = container(contender)
        twins = [clone(original, f"{original.name}-replica-{number}") for number in (2, 3)]
        try:
            with until_healthy(contender, len(twins)):
                for twin in twins:
                    twin.start()
            answers_soon(f"/{contender}/whoami", from_all(3))
            with requesting(f"/{contender}/io?ms=20") as statuses:
                statuses.wait_for(50)
                for twin in twins:
                    twin.remove(force=True)
                statuses.wait_for(100)
        finally:
            for each in containers(contender):
                if each.id != original.id:
                    each.remove(force=True)
        # uvicorn sends an answer's head and its body one after the other; one killed in between has sent half.
        assert set(statuses) - {HALF} == {200}, f"{contender}, scaled from 3 to 1: {statuses}"
        assert statuses[HALF] <= len(twins), f"{contender}, scaled from 3 to 1: {statuses}"

    for_each(check, *BOTH)


def test_a_sync_worker_that_is_killed_in_a_request_loses_no_get() -> None:
    """Its request is sent once more, to another; a POST never is. Nor is a GET whose answer has begun: gunicorn sends
    head and body one after the other, and a worker that is busy with many requests is often killed in between."""
    killed = 0
    with requesting("/sync/io?ms=50") as statuses:
        while killed < 5:
            pid = get("/sync/whoami").json()["pid"]
            code, _ = container("sync").exec_run(["python", "-c", f"import os; os.kill({pid}, 9)"])
            killed += code == 0
    assert set(statuses) - {HALF} == {200}, f"{killed} workers of sync killed: {statuses}"
    assert statuses[HALF] < killed, f"{killed} workers of sync killed: {statuses}"


def test_nginx_reloads_by_its_ordinary_command_and_loses_nothing() -> None:
    with requesting("/uvicorn/io?ms=20") as statuses:
        reloaded = container("nginx").exec_run(["nginx", "-s", "reload"])
        statuses.wait_for(100)
    assert reloaded.exit_code == 0, reloaded.output
    assert set(statuses) == {200}, f"nginx reloaded: {statuses}"
