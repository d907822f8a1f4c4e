"""The bare ASGI application, driven by hand: every route, every refusal, and clients that go away."""

import asyncio
import hashlib
import sys
import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest

from asgi.app import WORKER, app
from contender import awaiting, workload
from contender.asgi import Message
from contender.identity import Server
from tests.unit.interface import (
    DISCONNECT,
    NOT_ANSWERED,
    Answer,
    Connection,
    Leaving,
    answer,
    body_messages,
    call_asgi,
    converse,
    http_scope,
)

MOUNT = "/uvicorn"


def ask(target: str, method: str = "GET", headers: dict[str, str] | None = None, *chunks: bytes) -> Answer:
    return call_asgi(app, http_scope(target, method, headers, MOUNT), *chunks)


EVERY_GET = [
    *("/", "/hello", "/healthz", "/whoami", "/dump", "/io?ms=0", "/cpu?ms=0", "/block?ms=0", "/mix?bytes=3"),
    *("/stream?chunks=2&ms=0", "/sse?events=2&ms=0"),
]


@pytest.mark.parametrize("target", EVERY_GET)
def test_every_route_sends_one_complete_response(target: str) -> None:
    got = ask(target)
    assert (got.status, bool(got.body)) == (200, True), f"{target}: wanted 200 and a body, got {got}"


@pytest.mark.parametrize("target", [*EVERY_GET[:9], "/nothing", "/io?ms=x", "/ws"])
def test_head_has_the_headers_of_get(target: str) -> None:
    """The body of these is the server's to drop."""
    get, head = ask(target), ask(target, "HEAD")
    assert (head.status, head.headers.keys()) == (get.status, get.headers.keys()), f"{target}: {head}"


@pytest.mark.parametrize("target", ["/stream?ms=10000", "/sse?ms=10000"])
def test_head_of_a_stream_is_complete_at_once_and_has_no_body(target: str) -> None:
    head = ask(target, "HEAD")
    assert (head.status, head.body) == (200, b""), f"{target}: {head}"


@pytest.mark.parametrize("mount", ["", "/uvicorn", "/a/b"])
def test_the_mount_prefix_is_whatever_the_server_says(mount: str) -> None:
    refused = call_asgi(app, http_scope("/io?ms=x", mount=mount))
    assert (refused.status, refused.document["instance"]) == (422, f"{mount}/io")
    assert call_asgi(app, http_scope("/hello", mount=mount)).body == b"Hello, World!\n"


def test_a_path_that_only_looks_mounted_is_not_found() -> None:
    got = call_asgi(app, http_scope("/uvicornhello") | {"root_path": MOUNT})
    assert (got.status, got.document["instance"]) == (404, "/uvicornhello")


@pytest.mark.parametrize(("method", "target", "allow"), NOT_ANSWERED)
def test_a_method_that_is_not_answered_is_told_which_is(method: str, target: str, allow: str) -> None:
    got = ask(target, method)
    assert (got.status, got.headers.get("allow")) == (405, allow), f"{method} {target}: got {got}"


def test_the_dump_is_the_scope_without_its_secrets() -> None:
    dumped = ask("/dump?token=s3cr3t", headers={"Authorization": "Basic s3cr3t", "Accept": "*/*"})
    want = {"type": "http", "root_path": MOUNT, "path": "/uvicorn/dump", "query_string": "token=[hidden]"}
    assert dumped.document.items() >= want.items(), f"wanted {want} in it, got {dumped.document}"
    assert ["accept", "*/*"] in dumped.document["headers"], f"wanted the other headers, got {dumped.document}"
    assert b"s3cr3t" not in dumped.body, f"wanted no secret shown, got {dumped.body!r}"


def test_a_failure_is_500_without_its_traceback_which_the_log_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail() -> dict[str, Any]:
        raise RuntimeError("no water")

    monkeypatch.setitem(awaiting.WORK, "whoami", fail)
    got = ask("/whoami")
    assert (got.status, got.headers["content-type"]) == (500, "application/problem+json")
    assert not any(word in got.body for word in (b"Traceback", b"RuntimeError", b"no water")), got.body
    log = capsys.readouterr().err
    assert "Traceback" in log, f"wanted the traceback on standard error, got {log!r}"
    assert "RuntimeError: no water" in log, f"wanted the reason on standard error, got {log!r}"


# --- uploads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunks", [(b"",), (b"x",), (b"\0\xff" * 1000, b"", b"end")])
def test_an_upload_is_counted_and_hashed(chunks: tuple[bytes, ...]) -> None:
    body = b"".join(chunks)
    got = ask("/upload", "POST", None, *chunks)
    assert (got.status, got.document) == (200, {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()})


def test_a_body_over_the_limit_is_413_and_is_never_held_in_memory() -> None:
    connection, given = Connection(), 0

    async def receive() -> Message:
        nonlocal given
        assert given <= workload.UPLOAD_LIMIT, "wanted no more read after the limit"
        given += workload.UPLOAD_CHUNK
        return {"type": "http.request", "body": bytes(workload.UPLOAD_CHUNK), "more_body": True}

    tracemalloc.start()
    asyncio.run(app(http_scope("/upload", "POST"), receive, connection.send))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    got = answer(connection.sent)
    assert (got.status, "67108864 bytes (64 MiB)" in got.document["detail"]) == (413, True), f"got {got}"
    assert given == workload.UPLOAD_LIMIT + workload.UPLOAD_CHUNK, f"read on after the limit: {given}"
    assert peak < 1024 * 1024, f"wanted a few chunks in memory, got {peak} bytes"


# --- clients that go away ---------------------------------------------------------------------------


def leave(target: str, method: str, connection: Connection) -> list[Message]:
    """What a client was sent that went away; nothing comes after the application has returned."""
    later = asyncio.run(converse(app, http_scope(target, method), connection))
    assert (later, WORKER.in_flight) == (0, 0), f"{target}: {later} sent afterwards, {WORKER.in_flight} in flight"
    return connection.sent


@pytest.mark.parametrize("target", ["/io?ms=10000", "/mix?io_ms=10000"])
def test_a_wait_ends_with_its_client_and_nothing_is_sent(target: str) -> None:
    assert leave(target, "GET", Connection(*body_messages(b""), DISCONNECT)) == []


@pytest.mark.parametrize("ms", [0, 10_000])
@pytest.mark.parametrize("stream", ["/stream?chunks=100", "/sse?events=100"])
def test_a_stream_ends_with_its_client_and_nothing_more_is_sent(stream: str, ms: int) -> None:
    sent = leave(f"{stream}&ms={ms}", "GET", Leaving(*body_messages(b"")))
    assert sent[-1].get("more_body"), f"wanted no end to what nobody reads, got {sent[-1]}"
    assert len(sent) < 10, f"{stream}: wanted the stream to end soon after its client left, got {len(sent)} messages"


def test_fanout_ends_with_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_answer(ms: float) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(awaiting, "call_async", no_answer)
    assert leave("/fanout?n=3", "GET", Connection(*body_messages(b""), DISCONNECT)) == []


def test_an_upload_ends_with_its_client_and_nothing_is_sent() -> None:
    begun: Message = {"type": "http.request", "body": b"abc", "more_body": True}
    assert leave("/upload", "POST", Connection(begun, DISCONNECT)) == []


# --- the server's start and stop -----------------------------------------------------------------------


def test_the_lifespan_is_acknowledged_and_finds_out_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WORKER, "server", Server("?", "?", "?", "?"))
    monkeypatch.setitem(sys.modules, "uvicorn", SimpleNamespace(__version__="1.2.3"))
    connection = Connection({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    asyncio.run(app({"type": "lifespan"}, connection.receive, connection.send))
    assert connection.sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
    assert WORKER.server == Server("asgi", "uvicorn", "1.2.3", "asyncio")
