"""The contract's rows, requested from all codebases, so that they cannot drift apart."""

import hashlib
import os
import re
import signal
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import quote

import pytest

from asgi.app import app as asgi_app
from contender import usage, workload
from contender.asgi import App
from contender.identity import Server, Worker
from contender.workload import HELLO
from frameworks.fastapi import app as fastapi_app
from frameworks.starlette import app as starlette_app
from tests.unit.interface import Answer, call_asgi, call_wsgi, environ, http_scope
from tests.unit.slow_api import SlowApi
from wsgi.app import app as wsgi_app

MOUNT = "/lab"


class Ask(Protocol):
    def __call__(
        self, target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer: ...


def ask_wsgi(target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    return call_wsgi(wsgi_app, environ(target, method, headers, body, MOUNT))


def asks(app: App) -> Ask:
    def ask(target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        return call_asgi(app, http_scope(target, method, headers, MOUNT), body)

    return ask


ASGI: dict[str, App] = {"asgi": asgi_app, "starlette": starlette_app, "fastapi": fastapi_app}
CODEBASES: dict[str, Ask] = {"wsgi": ask_wsgi} | {name: asks(app) for name, app in ASGI.items()}

JSON, PROBLEM = "application/json", "application/problem+json"
ANSWERS = {
    "/": "text/plain",
    "/hello": "text/plain",
    "/healthz": "text/plain",
    "/whoami": JSON,
    "/dump": JSON,
    "/usage": JSON,
    "/io?ms=0": JSON,
    "/cpu?ms=0": JSON,
    "/block?ms=0": JSON,
    "/pool?ms=0": JSON,
    "/hints": "text/plain",
    "/mix?io_ms=0&cpu_ms=0&bytes=3": JSON,
    "/io?ms=0&x=\xff": JSON,  # a query string may hold any bytes
}
STREAMS = {"/stream?chunks=2&ms=0": "text/plain; charset=utf-8", "/sse?events=2&ms=0": "text/event-stream"}
REFUSALS = [
    ("GET", "/nothing", 404),
    ("GET", "/nothing?x=\xff", 404),
    ("GET", "/hello/", 404),
    ("GET", "", 404),
    ("GET", "//hello", 404),
    ("GET", "/IO", 404),
    ("GET", "/café", 404),
    ("POST", "/nothing", 404),
    ("POST", "/hello", 405),
    ("PUT", "/io?ms=x", 405),
    ("DELETE", "/stream", 405),
    ("OPTIONS", "/dump", 405),
    ("POST", "/ws", 405),
    ("GET", "/upload", 405),
    ("GET", "/internal/stop", 405),
    ("HEAD", "/upload", 405),
    ("GET", "/io?ms=x", 422),
    ("GET", "/io?ms=", 422),
    ("GET", "/io?ms=-1", 422),
    ("GET", "/io?ms=1&ms=2", 422),
    ("GET", "/cpu?ms=2001", 422),
    ("GET", "/mix?bytes=1.5", 422),
    ("GET", "/fanout?n=51", 422),
    ("GET", "/stream?chunks=0", 422),
    ("GET", "/sse?events=1001", 422),
]
OWN = {"x-request-id", "server-timing", "x-served-by"}  # differ from answer to answer


def each(*rows: Any) -> Iterator[tuple[str, Ask, Any]]:
    """Every codebase with every row."""
    return ((name, ask, row) for row in rows for name, ask in CODEBASES.items())


def test_each_row_is_answered_and_identified() -> None:
    sent = {"X-Request-Id": "client-chosen.1", "X-Request-Start": "t=1000.000"}
    for name, ask, (target, media_type) in each(*(ANSWERS | STREAMS).items()):
        got = ask(target, headers=sent)
        assert (got.status, got.headers["content-type"]) == (200, media_type), f"{name} GET {target}: got {got}"
        assert got.headers["x-request-id"] == "client-chosen.1", f"{name} GET {target}: got {got.headers}"
        timing = got.headers["server-timing"]
        assert re.fullmatch(r"queue;dur=\d+\.\d+, app;dur=\d+\.\d{3}", timing), f"{name} GET {target}: got {timing!r}"


def test_each_refusal_is_the_same_problem_document_everywhere() -> None:
    for method, target, status in REFUSALS:
        refusals = {name: ask(target, method) for name, ask in CODEBASES.items()}
        want = {"type": "about:blank", "status": status, "instance": quote(MOUNT + target.partition("?")[0])}
        for name, got in refusals.items():
            place = f"{name} {method} {target}: got {got}"
            assert (got.status, got.headers["content-type"]) == (status, PROBLEM), place
            if method == "HEAD":
                continue  # the body is the server's part in ASGI
            assert got.document.items() >= want.items(), place
            assert got.document == refusals["wsgi"].document, f"{place}, unlike {refusals['wsgi']}"
        allowed = {name: got.headers.get("allow") for name, got in refusals.items()}
        assert len(set(allowed.values())) == 1, f"{method} {target}: Allow differs: {allowed}"
        assert (allowed["wsgi"] is not None) == (status == 405), f"{method} {target}: Allow is {allowed['wsgi']}"


def test_the_mount_prefix_is_whatever_the_server_names() -> None:
    for mount in ("", "/sync", "/a/b"):
        answers = {
            "wsgi": [call_wsgi(wsgi_app, environ(target, mount=mount)) for target in ("/hello", "/io?ms=x")],
        }
        for name, app in ASGI.items():
            answers[name] = [call_asgi(app, http_scope(target, mount=mount)) for target in ("/hello", "/io?ms=x")]
        for name, (hello, refused) in answers.items():
            assert hello.body == HELLO, f"{name} at {mount!r}: got {hello}"
            assert refused.document["instance"] == f"{mount}/io", f"{name} at {mount!r}: got {refused}"


def test_hello_is_the_same_to_the_byte() -> None:
    for name, ask, target in each("/", "/hello"):
        got = ask(target)
        shown = {key: value for key, value in got.headers.items() if key not in OWN}
        want = (200, HELLO, {"content-type": "text/plain", "content-length": "14"})
        assert (got.status, got.body, shown) == want, f"{name} {target}: got {got}"


def test_head_has_the_status_and_headers_of_get() -> None:
    differing = OWN | {"content-length"}  # numbers in a document, and how long they are written
    for name, ask, target in each(*ANSWERS, "/nothing", "/ws", "/io?ms="):
        get, head = ask(target), ask(target, "HEAD")
        assert (head.status, head.headers.keys()) == (get.status, get.headers.keys()), f"{name} HEAD {target}: {head}"
        unlike = {key for key in get.headers if get.headers[key] != head.headers[key]} - differing
        assert not unlike, f"{name} HEAD {target}: {unlike} differ: {get.headers}, {head.headers}"
    for name, ask, target in each("/stream?ms=10000", "/sse?ms=10000"):
        head = ask(target, "HEAD")  # without waiting for what is not sent
        assert (head.status, head.body) == (200, b""), f"{name} HEAD {target}: got {head}"


IDENTITY = {
    *("service", "interface", "server", "server_version", "worker", "python", "host", "pid", "lane", "request_id"),
    *("queued_ms", "started", "finished", "in_flight", "peak_in_flight", "served", "workload", "params"),
}


def test_work_is_answered_with_its_identity_and_its_result(api: SlowApi) -> None:
    rows: list[tuple[str, dict[str, float], set[str]]] = [
        ("/whoami?ms=5", {}, {"http_version"}),
        ("/io?ms=0.5", {"ms": 0.5}, set()),
        ("/cpu?ms=1", {"ms": 1}, set()),
        ("/block?ms=1", {"ms": 1}, set()),
        ("/pool?ms=1", {"ms": 1}, set()),
        ("/mix?bytes=3", {"io_ms": 0, "cpu_ms": 0, "bytes": 3}, {"payload"}),
        ("/fanout?n=2&ms=0", {"n": 2, "ms": 0}, {"calls"}),
    ]
    for name, ask, (target, params, more) in each(*rows):
        api.paths.clear()
        answer = ask(target, headers={"X-Request-Id": "client-chosen.1"})
        got, headers = answer.document, answer.headers
        place = f"{name} {target}: got {got}"
        assert got.keys() == IDENTITY | more, place
        assert (got["params"], got["workload"]) == (params, target[1:].partition("?")[0]), place
        assert (got["request_id"], got["queued_ms"], got["in_flight"]) == ("client-chosen.1", None, 1), place
        assert got["lane"].endswith("-1"), place
        assert len(api.paths) == params.get("n", 0), f"{place}; the backend got {api.paths}"
        assert got.get("payload", "xxx") == "xxx", place
        assert got.get("http_version", "1.1") == "1.1", place
        served = dict(part.split("=") for part in headers["x-served-by"].split(", "))
        assert {name: str(got[name]) for name in ("host", "pid", "lane")}.items() <= served.items(), (
            f"{place}: {served}"
        )


def test_a_fanout_without_a_backend_is_502(nobody: str) -> None:
    for name, ask, target in each("/fanout?n=3&ms=0"):
        got = ask(target)
        assert (got.status, got.headers["content-type"]) == (502, PROBLEM), f"{name}: got {got}"
        assert nobody in got.document["detail"], f"{name}: wanted {nobody} named, got {got.document}"


def test_a_websocket_without_an_upgrade_is_426() -> None:
    for name, ask, target in each("/ws"):
        got = ask(target)
        wanted = (426, "websocket", PROBLEM)
        assert (got.status, got.headers["upgrade"], got.headers["content-type"]) == wanted, f"{name}: got {got}"


def test_a_stream_is_a_line_a_chunk_and_never_buffered() -> None:
    want = "".join(rf"chunk {number} of 3 made at \d+\.\d{{6}}\n" for number in (1, 2, 3))
    for name, ask, target in each("/stream?chunks=3&ms=0"):
        got = ask(target)
        assert re.fullmatch(want, got.body.decode()), f"{name}: wanted three lines, got {got}"
        assert got.headers["x-accel-buffering"] == "no", f"{name}: nginx would hold chunks back: {got.headers}"
    for name, ask, target in each("/stream?chunks=2&ms=0&bytes=1000"):
        lines = ask(target).body.decode().splitlines()
        padding = [len(line.partition(" made at ")[2].partition(" ")[2]) for line in lines]
        assert padding == [999, 999], f"{name}: wanted 1000 bytes more a line, got {padding}"


def test_the_server_is_told_to_stop_by_its_first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(usage, "first_process", lambda: 7)
    monkeypatch.setattr("os.kill", lambda *args: killed.append(args))
    for name, ask, target in each("/internal/stop"):
        got = ask(target, "POST")
        assert (got.status, got.document) == (202, {"stopping": 7}), f"{name}: got {got}"
        assert killed.pop() == (7, signal.SIGTERM), f"{name}: {killed}"
        assert not killed, f"{name}: {killed}"


def test_the_server_is_told_to_reload_by_its_master_where_it_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr("os.kill", lambda *args: killed.append(args))
    monkeypatch.setattr(Worker, "server", Server("asgi", "uvicorn", "1", "uvloop"))
    another = os.getpid() + 1
    for name, ask, (first, status) in each((another, 202), (os.getpid(), 409)):
        monkeypatch.setattr(usage, "first_process", lambda first=first: first)
        got = ask("/internal/reload", "POST")
        assert got.status == status, f"{name}, the first process is {first}: got {got}"
        assert killed == ([(another, signal.SIGHUP)] if status == 202 else []), f"{name}: {killed}"
        killed.clear()


def test_events_resume_after_the_last_one_seen() -> None:
    rows: list[tuple[str | None, list[int]]] = [
        (None, [1, 2, 3, 4]),
        ("2", [3, 4]),
        ("3", [4]),
        ("0", [1, 2, 3, 4]),
        ("x", [1, 2, 3, 4]),
    ]
    for name, ask, (last, ids) in each(*rows):
        got = ask("/sse?events=4&ms=0", headers={} if last is None else {"Last-Event-ID": last})
        want = "".join(rf'id: {n}\ndata: {{"event": {n}, "of": 4, "made": \d+\.\d{{6}}}}\n\n' for n in ids)
        assert re.fullmatch(want, got.body.decode()), f"{name} after {last}: wanted events {ids}, got {got}"
        assert got.headers["x-accel-buffering"] == "no", f"{name}: nginx would hold events back: {got.headers}"
    for name, ask, last in each("4", "5", "999999999"):
        got = ask("/sse?events=4", headers={"Last-Event-ID": last})
        assert (got.status, got.body) == (204, b""), f"{name} after {last}: wanted the end of reconnecting, got {got}"


def test_an_upload_is_counted_hashed_and_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workload, "UPLOAD_LIMIT", 200_000)
    for name, ask, body in each(b"", b"x", b"\0\xff" * 100_000):
        got = ask("/upload", "POST", body=body)
        want = {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        assert (got.status, got.document) == (200, want), f"{name}, {len(body)} bytes: got {got}"
        assert not body or "body;dur=" in got.headers["server-timing"], f"{name}: wanted its body timed, got {got}"
    for name, ask, body in each(b"x" * 200_001):
        got = ask("/upload", "POST", body=body)
        assert (got.status, got.headers["content-type"]) == (413, PROBLEM), f"{name}: got {got}"


def test_the_dump_has_no_secrets() -> None:
    for name, ask, target in each("/dump?token=s3cr3t"):
        got = ask(target, headers={"Authorization": "Basic s3cr3t", "Accept": "*/*"})
        assert b"*/*" in got.body, f"{name}: wanted the other headers shown, got {got.body!r}"
        assert b"s3cr3t" not in got.body, f"{name}: wanted no secret shown, got {got.body!r}"
