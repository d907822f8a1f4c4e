"""Each row of the contract's workload table, for each contender."""

import hashlib
import itertools
import platform
import socket
import time
from contextlib import ExitStack
from typing import Any

import pytest

from tests.e2e.lab import CATALOGUE, EARLY_MS, HOST, PATIENCE, PORT, answered, ask, describe, get, problem, process
from tests.turns import UPLOADS

IDENTITY = [
    "service", "interface", "server", "server_version", "worker", "python", "host", "pid", "lane", "request_id",
    "queued_ms", "started", "finished", "in_flight", "peak_in_flight", "served", "workload", "params",
]  # fmt: skip
ROW = {row["name"]: row for row in CATALOGUE}


def document(path: str) -> dict[str, Any]:
    answer: dict[str, Any] = answered(get(path), 200, "application/json").json()
    return answer


def test_hello_is_the_same_under_every_contender(contender: str) -> None:
    for path in ("hello",) if contender == "starlette" else ("", "hello"):
        hello = answered(get(f"/{contender}/{path}"), 200)
        assert (hello.content, hello.headers["Content-Type"]) == (b"Hello, World!\n", "text/plain"), describe(hello)


def test_a_contender_says_that_it_can_serve(contender: str) -> None:
    answered(get(f"/{contender}/healthz"), 200, "text/plain")


def test_whoami_is_what_the_catalogue_says(contender: str) -> None:
    who = document(f"/{contender}/whoami")
    assert list(who) == [*IDENTITY, "http_version"]
    assert who["http_version"] == "1.1"
    for key in ("interface", "server", "server_version", "worker"):
        assert who[key] == ROW[contender][key], (
            f"{contender}: {key} is {who[key]}, the catalogue says {ROW[contender][key]}"
        )
    assert who["service"] == contender
    assert who["python"] == platform.python_version()  # one base for every Python image, this one too


def test_a_lane_is_named_after_what_carries_a_request(contender: str) -> None:
    carriers = {"sync": "thread", "gthread": "thread", "gevent": "greenlet", "eventlet": "greenlet"}
    carrier = carriers.get(ROW[contender]["worker"], "task")
    assert document(f"/{contender}/whoami")["lane"].startswith(f"{carrier}-")


def test_the_headers_of_an_answer_say_who_served_it_and_when(contender: str) -> None:
    answer = answered(get(f"/{contender}/io?ms=20"), 200)
    row, served = answer.json(), dict(part.split("=") for part in answer.headers["X-Served-By"].split(", "))
    assert [served[name] for name in ("host", "pid", "lane")] == [str(row[name]) for name in ("host", "pid", "lane")]
    assert float(served["started"]) == row["started"]
    assert row["finished"] <= float(served["finished"]) <= time.time(), served
    assert answered(get(f"/{contender}/hello"), 200).headers["X-Served-By"].startswith("host="), served


def test_counts_are_of_one_worker_process(contender: str) -> None:
    rows = [document(f"/{contender}/whoami") for _ in range(20)]
    for of, answers in itertools.groupby(sorted(rows, key=process), process):  # stable: the order they were asked in
        served = [row["served"] for row in answers]
        assert served == sorted(set(served)), f"{contender}, process {of}: {served}"
    assert all(1 <= row["in_flight"] <= row["peak_in_flight"] for row in rows)


def test_the_request_started_after_nginx_took_it_and_on_the_same_clock(contender: str) -> None:
    sent = time.time()
    who = document(f"/{contender}/whoami")
    # One millisecond: nginx's clock ticks that often.
    assert sent - 0.001 <= who["started"] <= who["finished"] <= time.time()
    assert 0 <= who["queued_ms"] / 1000 <= who["started"] - sent + 0.002


# path, parameters understood, and the wait that was asked for in milliseconds
WAITS = [
    ("io?ms=12.5", {"ms": 12.5}, 12.5),
    ("io", {"ms": 100}, 100),
    ("cpu?ms=30", {"ms": 30}, 30),
    ("block?ms=60", {"ms": 60}, 60),
    ("pool?ms=60", {"ms": 60}, 60),
    ("mix?io_ms=40&cpu_ms=10", {"io_ms": 40, "cpu_ms": 10, "bytes": 0}, 50),
    ("fanout?n=3&ms=50", {"n": 3, "ms": 50}, 50),
]


def test_a_workload_takes_what_it_was_asked_to(contender: str) -> None:
    for path, params, ms in WAITS:
        row = document(f"/{contender}/{path}")
        took = (row["finished"] - row["started"]) * 1000
        assert (row["workload"], row["params"]) == (path.partition("?")[0], params), f"/{contender}/{path}: {row}"
        # `started` and `finished` are of the wall clock, which may be adjusted by a little while we wait.
        assert took >= ms * 0.98 - EARLY_MS, f"/{contender}/{path}: took {took:.1f} ms: {row}"


def test_mix_carries_a_payload_of_the_size_asked_for(contender: str) -> None:
    assert document(f"/{contender}/mix")["payload"] == ""
    assert len(document(f"/{contender}/mix?bytes=1048576")["payload"]) == 1048576


def test_fanout_calls_one_after_another_where_the_model_can_do_no_better(contender: str) -> None:
    row = document(f"/{contender}/fanout?n=5&ms=100")
    assert [call["status"] for call in row["calls"]] == [200] * 5
    in_turn = all(call["finished"] <= following["started"] for call, following in itertools.pairwise(row["calls"]))
    assert in_turn is (contender in ("sync", "gthread")), row["calls"]


def test_dump_shows_what_the_interface_handed_the_application(contender: str) -> None:
    dump = document(f"/{contender}/dump?a=b")
    assert list(dump) == sorted(dump)
    assert (dump.get("QUERY_STRING") or dump.get("query_string")) == "a=b"


def test_dump_keeps_secrets(contender: str) -> None:
    secrets = {"Authorization": "Bearer s3cr3t", "Cookie": "session=s3cr3t", "X-Api-Key": "s3cr3t"}
    dump = answered(get(f"/{contender}/dump?token=s3cr3t", headers=secrets), 200)
    assert "s3cr3t" not in dump.text, describe(dump)


@UPLOADS
def test_an_upload_is_counted_and_hashed(contender: str) -> None:
    for size in (0, 1, 3_000_001):
        body = (b"serverlab" * (size // 9 + 1))[:size]
        upload = answered(ask("POST", f"/{contender}/upload", data=body), 200, "application/json")
        assert upload.json() == {"bytes": size, "sha256": hashlib.sha256(body).hexdigest()}, describe(upload)
    chunks = (b"x" * 10_000 for _ in range(30))
    assert answered(ask("POST", f"/{contender}/upload", data=chunks), 200).json()["bytes"] == 300_000


@UPLOADS
def test_an_upload_of_64_mib_passes_and_one_byte_more_is_413(contender: str) -> None:
    limit = 64 * 1024 * 1024
    assert answered(ask("POST", f"/{contender}/upload", data=bytes(limit)), 200).json()["bytes"] == limit
    # Said by its length alone: nginx refuses before it reads.
    refused = ask("POST", f"/{contender}/upload", data=b"", headers={"Content-Length": str(limit + 1)})
    assert "64 MiB" in problem_detail(refused)


def problem_detail(response: Any) -> str:
    return str(answered(response, 413, "application/problem+json").json()["detail"])


@UPLOADS
@pytest.mark.usefixtures("alone")
def test_uploads_beyond_the_room_for_them_are_503_and_cost_nobody_else(contender: str) -> None:
    """Two that are held fill their contender's places; the third is told when to come back."""
    other = "gevent" if contender == "sync" else "sync"
    head = f"POST /{contender}/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
    with ExitStack() as held:
        for _ in range(2):
            connection = held.enter_context(socket.create_connection((HOST, PORT), timeout=PATIENCE))
            connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 100 "), "nginx has not let it in"
            connection.sendall(bytes(20_000))  # more than nginx keeps in memory
        refused = ask("POST", f"/{contender}/upload", data=b"x")
        assert contender in problem(refused, 503)["detail"], describe(refused)
        assert int(refused.headers["Retry-After"]) > 0, describe(refused)
        answered(get(f"/{contender}/hello"), 200)
        answered(ask("POST", f"/{other}/upload", data=bytes(1_000_000)), 200)
    left = time.monotonic()
    while ask("POST", f"/{contender}/upload", data=b"x").status_code != 200:  # nginx frees a place when it has noticed
        assert time.monotonic() - left < PATIENCE, (
            f"/{contender}/upload: no place {PATIENCE} s after the held ones left"
        )
