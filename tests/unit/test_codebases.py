"""The contract's rows, asked of all three applications, so that they cannot drift apart."""

import re
from typing import Any, Protocol
from urllib.parse import quote

import pytest

from asgi.app import app as asgi_app
from contender import workload
from rest.app import app as rest_app
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


def ask_asgi(target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    return call_asgi(asgi_app, http_scope(target, method, headers, MOUNT), body)


def ask_rest(target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    return call_asgi(rest_app, http_scope(target, method, headers, MOUNT), body)


CODEBASES: dict[str, Ask] = {"wsgi": ask_wsgi, "asgi": ask_asgi, "rest": ask_rest}
EACH_CODEBASE = pytest.mark.parametrize("ask", CODEBASES.values(), ids=CODEBASES.keys())


JSON, PROBLEM = "application/json", "application/problem+json"
ANSWERS = [
    ("/hello", 200, "text/plain"),
    ("/healthz", 200, "text/plain"),
    ("/whoami", 200, JSON),
    ("/dump", 200, JSON),
    ("/io?ms=0", 200, JSON),
    ("/cpu?ms=0", 200, JSON),
    ("/block?ms=0", 200, JSON),
    ("/mix?io_ms=0&cpu_ms=0&bytes=3", 200, JSON),
    ("/stream?chunks=2&ms=0", 200, "text/plain; charset=utf-8"),
    ("/sse?events=2&ms=0", 200, "text/event-stream"),
]
REFUSALS = [
    ("GET", "/nothing", 404),
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


@EACH_CODEBASE
@pytest.mark.parametrize(("target", "status", "media_type"), ANSWERS)
def test_a_row_of_the_contract_is_answered(ask: Ask, target: str, status: int, media_type: str) -> None:
    got = ask(target)
    assert (got.status, got.headers["content-type"]) == (status, media_type), f"GET {target}: got {got}"


@pytest.mark.parametrize(("method", "target", "status"), REFUSALS)
def test_a_row_of_the_contract_is_refused_in_the_same_words(method: str, target: str, status: int) -> None:
    refusals = {name: ask(target, method) for name, ask in CODEBASES.items()}
    for name, got in refusals.items():
        assert (got.status, got.headers["content-type"]) == (status, PROBLEM), f"{name}: {method} {target}: got {got}"
        want = {"type": "about:blank", "status": status, "instance": quote(MOUNT + target.partition("?")[0])}
        assert got.document.items() >= want.items(), f"{name}: {method} {target}: got {got.document}"
    assert_the_same({name: got.headers.get("allow", "") for name, got in refusals.items()})
    assert_the_same({name: got.document for name, got in refusals.items()})


def assert_the_same(values: dict[str, Any]) -> None:
    assert all(value == values["wsgi"] for value in values.values()), f"wanted the same of all, got {values}"


@EACH_CODEBASE
def test_a_fanout_without_a_backend_is_502(ask: Ask, nobody: str) -> None:
    got = ask("/fanout?n=2&ms=0")
    assert (got.status, got.headers["content-type"]) == (502, PROBLEM), f"got {got}"
    assert nobody in got.document["detail"], f"wanted {nobody} named, got {got.document}"


@EACH_CODEBASE
def test_a_websocket_without_an_upgrade_is_426(ask: Ask) -> None:
    got = ask("/ws")
    assert (got.status, got.headers["upgrade"], got.headers["content-type"]) == (426, "websocket", PROBLEM)


def test_hello_is_the_same_to_the_byte() -> None:
    own = {"x-request-id", "server-timing"}
    hellos = {name: ask("/hello") for name, ask in CODEBASES.items()}
    assert_the_same({name: (got.status, got.body) for name, got in hellos.items()})
    assert_the_same({name: {k: v for k, v in got.headers.items() if k not in own} for name, got in hellos.items()})
    assert hellos["wsgi"].body == b"Hello, World!\n"


STREAMS = ["/stream?chunks=2&ms=0", "/sse?events=2&ms=0"]


@EACH_CODEBASE
@pytest.mark.parametrize(
    "target", [row[0] for row in ANSWERS if row[0] not in STREAMS] + ["/nothing", "/ws", "/io?ms="]
)
def test_head_has_the_status_and_headers_of_get(ask: Ask, target: str) -> None:
    differing = {"x-request-id", "server-timing", "content-length"}  # numbers, and how long they are written
    get, head = ask(target), ask(target, "HEAD")
    assert (head.status, head.headers.keys()) == (get.status, get.headers.keys()), f"HEAD {target}: got {head}"
    same = {name for name in get.headers if get.headers[name] == head.headers[name]}
    assert get.headers.keys() - same <= differing, f"HEAD {target}: wanted {get.headers}, got {head.headers}"


@EACH_CODEBASE
@pytest.mark.parametrize("target", STREAMS)
def test_head_of_a_stream_has_the_headers_of_get_and_no_body(ask: Ask, target: str) -> None:
    get, head = ask(target), ask(target, "HEAD")
    assert (head.status, head.headers.keys(), head.body) == (200, get.headers.keys(), b""), f"HEAD {target}: got {head}"


@EACH_CODEBASE
@pytest.mark.parametrize(
    "target", ["/hello", "/whoami", "/stream?chunks=1", "/sse?events=1", "/nothing", "/io?ms=x", "/ws"]
)
def test_every_answer_is_identified(ask: Ask, target: str) -> None:
    got = ask(target, headers={"X-Request-Id": "client-chosen.1", "X-Request-Start": "t=1000.000"})
    assert got.headers["x-request-id"] == "client-chosen.1", f"{target}: wanted the client's id, got {got.headers}"
    timing = got.headers["server-timing"]
    assert re.fullmatch(r"queue;dur=\d+\.\d+, app;dur=\d+\.\d{3}", timing), f"{target}: got {timing!r}"


IDENTITY = {
    *("service", "interface", "server", "server_version", "worker", "python", "host", "pid", "lane", "request_id"),
    *("queued_ms", "started", "finished", "in_flight", "peak_in_flight", "served", "workload", "params"),
}


@EACH_CODEBASE
@pytest.mark.parametrize(
    ("target", "params", "more"),
    [
        ("/whoami?ms=5", {}, set()),
        ("/io?ms=0.5", {"ms": 0.5}, set()),
        ("/cpu?ms=1", {"ms": 1}, set()),
        ("/block?ms=1", {"ms": 1}, set()),
        ("/mix?bytes=3", {"io_ms": 0, "cpu_ms": 0, "bytes": 3}, {"payload"}),
        ("/fanout?n=2&ms=0", {"n": 2, "ms": 0}, {"calls"}),
    ],
)
def test_work_answers_with_the_identity_and_what_came_of_it(
    ask: Ask, target: str, params: dict[str, float], more: set[str], api: SlowApi
) -> None:
    document = ask(target, headers={"X-Request-Id": "client-chosen.1"}).document
    assert document.keys() == IDENTITY | more
    assert (document["params"], document["workload"]) == (params, target[1:].partition("?")[0])
    assert (document["request_id"], document["queued_ms"]) == ("client-chosen.1", None)
    assert (document["in_flight"], document["lane"][-2:]) == (1, "-1"), f"{target}: got {document}"
    assert len(api.asked) == params.get("n", 0), f"{target}: asked the backend {api.asked}"


@EACH_CODEBASE
def test_a_stream_is_a_line_a_chunk(ask: Ask) -> None:
    lines = ask("/stream?chunks=3&ms=0").body.decode()
    want = "".join(rf"chunk {number} of 3 made at \d+\.\d{{6}}\n" for number in (1, 2, 3))
    assert re.fullmatch(want, lines), f"wanted three lines, got {lines!r}"


@EACH_CODEBASE
@pytest.mark.parametrize(
    ("last_event_id", "ids"),
    [(None, [1, 2, 3, 4]), ("2", [3, 4]), ("3", [4]), ("0", [1, 2, 3, 4]), ("x", [1, 2, 3, 4])],
)
def test_events_resume_after_the_last_one_seen(ask: Ask, last_event_id: str | None, ids: list[int]) -> None:
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    events = ask("/sse?events=4&ms=0", headers=headers).body.decode()
    want = "".join(rf'id: {n}\ndata: {{"event": {n}, "of": 4, "made": \d+\.\d{{6}}}}\n\n' for n in ids)
    assert re.fullmatch(want, events), f"wanted events {ids}, got {events!r}"


@EACH_CODEBASE
@pytest.mark.parametrize("last_event_id", ["4", "5", "999999999"])
def test_a_client_that_has_seen_every_event_is_told_not_to_come_back(ask: Ask, last_event_id: str) -> None:
    got = ask("/sse?events=4", headers={"Last-Event-ID": last_event_id})
    assert (got.status, got.body, "content-type" in got.headers) == (204, b"", False), f"got {got}"


@EACH_CODEBASE
def test_what_is_streamed_is_not_to_be_buffered(ask: Ask) -> None:
    got = {target: ask(target).headers.get("x-accel-buffering") for target in STREAMS}
    assert set(got.values()) == {"no"}, f"wanted nginx told to pass on each chunk, got {got}"


@EACH_CODEBASE
def test_an_upload_is_taken_up_to_the_limit_and_refused_above(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workload, "UPLOAD_LIMIT", 10)
    taken, refused = (ask("/upload", "POST", body=b"x" * size) for size in (10, 11))
    assert (taken.status, taken.document["bytes"], refused.status) == (200, 10, 413)
    assert refused.headers["content-type"] == PROBLEM, f"got {refused}"


@EACH_CODEBASE
@pytest.mark.parametrize(("target", "status"), [("/io?ms=0&x=\xff", 200), ("/nothing?x=\xff", 404)])
def test_a_query_string_may_hold_any_bytes(ask: Ask, target: str, status: int) -> None:
    assert ask(target).status == status
