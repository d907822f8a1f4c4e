"""The records when the service is killed, and when its database is locked, full, or gone."""

import itertools
import json
import queue
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.e2e.lab import PATIENCE, answered, answers_soon, ask, get, problem
from tests.lifecycle.engine import container, on_postgres, until_healthy, variant_container
from tests.lifecycle.parallel import side_by_side

RUNS = "/starlette/runs"
# A small one: a runner may take it before the test has removed it.
RACE = {"experiment": "race", "params": {"workload": "io", "ms": 0, "requests": 1}, "contenders": ["sync"]}
DOWN = (502, 503, 504)


# --- killed ------------------------------------------------------------------------------------------

KILLS = 2
BETWEEN = 50  # acknowledged runs
CLIENTS = 4  # of one process


@dataclass
class Writers:
    """Clients that queue one run after the other, each under a key with which they repeat what was not answered."""

    tag: str
    acknowledged: queue.Queue[str] = field(default_factory=queue.Queue)
    up: threading.Event = field(default_factory=threading.Event)
    enough: threading.Event = field(default_factory=threading.Event)

    def write(self, client: int) -> None:
        for number in itertools.count():
            key = f"{self.tag}-{client}-{number}"
            while not self.queued(key):
                if self.enough.is_set():
                    return
                self.up.wait()
            self.acknowledged.put(key)
            if self.enough.is_set():
                return

    def queued(self, key: str) -> bool:
        run = RACE | {"tags": [self.tag], "note": key}
        try:
            response = ask("POST", RUNS, json=run, headers={"Idempotency-Key": key})
        except requests.RequestException:
            return False  # killed in the middle of its answer, which nginx could only cut off
        if response.status_code in DOWN:
            return False
        return bool(answered(response, 200 if response.status_code == 200 else 201).json()["note"] == key)


@contextmanager
def writers() -> Iterator[Writers]:
    writing = Writers(f"crash-{uuid.uuid4().hex[:8]}")
    with ThreadPoolExecutor(CLIENTS) as pool:
        writing.up.set()
        clients = [pool.submit(writing.write, number) for number in range(CLIENTS)]
        try:
            yield writing
        finally:
            writing.enough.set()
            writing.up.set()
    for client in clients:
        client.result()


def listed(tag: str) -> Iterator[dict[str, Any]]:
    page = f"{RUNS}?tag={tag}&limit=100"
    while page:
        document = answered(get(page), 200).json()
        yield from document["items"]
        page = document["next"] and RUNS + "?" + document["next"].partition("?")[2]


def kill_and_start(writing: Writers) -> None:
    records = container("records")
    records.kill()
    writing.up.clear()
    with until_healthy("records"):
        records.start()
    answers_soon(RUNS, lambda response: response.status_code == 200)
    writing.up.set()


def test_what_was_acknowledged_is_there_once_after_every_kill() -> None:
    known: set[str] = set()
    with writers() as writing:
        for kill in range(KILLS):
            known |= {writing.acknowledged.get(timeout=PATIENCE) for _ in range(BETWEEN)}
            kill_and_start(writing)
            known |= {writing.acknowledged.get() for _ in range(writing.acknowledged.qsize())}
            found = Counter(run["note"] for run in listed(writing.tag))
            lost, doubled = known - set(found), [key for key, count in found.items() if count > 1]
            assert not lost, f"{len(lost)} of {len(known)} acknowledged runs are lost after kill {kill + 1}: {lost}"
            assert not doubled, f"runs are there more than once after kill {kill + 1}: {doubled}"
            assert on_postgres() or integrity() == "ok", f"after kill {kill + 1}"
    for run in list(listed(writing.tag)):
        answered(ask("DELETE", f"{RUNS}/{run['id']}"), 204)


CHECK = "import sqlite3; print(*sqlite3.connect('/data/serverlab.db').execute('PRAGMA integrity_check').fetchone())"


def integrity() -> str:
    return str(container("records").exec_run(["python", "-c", CHECK]).output.decode().strip())


# --- locked ------------------------------------------------------------------------------------------

# Prints the id of a process that has begun to write, and waits for a signal; no longer than the test would.
LOCK = """
import os, signal, sqlite3
locked, ready = os.pipe()
if writer := os.fork():
    os.read(locked, 1)
    print(writer)
else:
    connection = sqlite3.connect("/data/serverlab.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    os.closerange(0, 3)
    os.write(ready, b".")
    signal.alarm(60)
    signal.pause()
"""


@contextmanager
def locked() -> Iterator[None]:
    """Another process is in the middle of writing."""
    records = container("records")
    pid = int(records.exec_run(["python", "-c", LOCK]).output)
    try:
        yield
    finally:
        records.exec_run(["python", "-c", f"import os; os.kill({pid}, 9)"])


def check_locked() -> None:
    with locked():
        refused = ask("POST", RUNS, json=RACE)
        problem(refused, 503)
        assert int(refused.headers["Retry-After"]) > 0
        answered(get(RUNS), 200)
    made = answered(ask("POST", RUNS, json=RACE), 201).json()
    answered(ask("DELETE", f"{RUNS}/{made['id']}"), 204)


# --- full and gone, on a service of their own --------------------------------------------------------

ASK = """
import http.client, json, sys
method, path, body, times = sys.argv[1:]
for _ in range(int(times)):
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.body = answer.read()
    if answer.status >= 300:
        break
print(json.dumps([answer.status, dict(answer.getheaders()), json.loads(answer.body)]))
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    document: dict[str, Any]

    def refuses(self, status: int) -> Answer:
        assert (self.status, self.document["status"]) == (status, status), self
        assert self.headers["content-type"] == "application/problem+json", self
        return self


def call(service: Any, method: str, body: object = None, times: int = 1) -> Answer:
    """The answer to a request from inside the container; asked more than once, the first that is no success."""
    command = ["python", "-c", ASK, method, "/runs", json.dumps(body), str(times)]
    code, output = service.exec_run(command)
    assert code == 0, output.decode()
    return Answer(*json.loads(output))


def check_full() -> None:
    tmpfs = {"/tmp": "", "/data": "uid=10001,size=4m"}
    host: dict[str, Any] = {"NetworkMode": "none", "Binds": None, "Mounts": None, "Tmpfs": tmpfs}
    with variant_container("records", "records-full", {"DATABASE_URL": ""}, **host) as service:
        kept = call(service, "POST", RACE)
        assert kept.status == 201, kept
        service.exec_run(["dd", "if=/dev/zero", "of=/data/filler"])  # ends when there is no room
        # What is left of the journal's last page takes a few.
        call(service, "POST", RACE, times=200).refuses(507)
        assert kept.document in call(service, "GET").document["items"]
        service.exec_run(["rm", "/data/filler"])
        assert call(service, "POST", RACE).status == 201


def check_gone() -> None:
    """In a database of its own on the contenders' Postgres, which no other test of the suite has at this time."""
    postgres = container("db")
    network = postgres.attrs["HostConfig"]["NetworkMode"]
    environment = {"DATABASE_URL": "postgresql://lab:lab@db/suite"}
    executed(postgres, "createdb", "--username=postgres", "--owner=lab", "suite")
    try:
        with variant_container("records", "records-on-postgres", environment, NetworkMode=network) as service:
            kept = call(service, "POST", RACE)
            assert kept.status == 201, kept
            postgres.stop()
            try:
                for method, body in (("POST", RACE), ("GET", None)):
                    refused = call(service, method, body).refuses(503)
                    assert int(refused.headers["retry-after"]) > 0
            finally:
                with until_healthy("db"):
                    postgres.start()
            assert kept.document in call(service, "GET").document["items"]
            assert call(service, "POST", RACE).status == 201
    finally:
        executed(postgres, "dropdb", "--username=postgres", "--force", "suite")


def executed(service: Any, *command: str) -> None:
    code, output = service.exec_run(command)
    assert code == 0, output.decode()


def test_a_database_that_is_locked_full_or_gone_is_said_to_be_until_it_is_not() -> None:
    """503 with a time to come back, 507, and 503: each waits five seconds, so all three do it at once."""
    own = {"full": check_full, "gone": check_gone}
    # On Postgres there is no file to lock; the unit tests lock its tables.
    side_by_side(own if on_postgres() else own | {"locked": check_locked})
