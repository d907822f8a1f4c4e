"""What is ASGI's own, of all its applications: the event loop, clients that leave, and failures."""

import asyncio
import sys
import threading
import tracemalloc
from importlib.metadata import version
from itertools import product
from types import SimpleNamespace

import pytest

from asgi import app as lesson
from asgi.app import app
from contender import asgi_contract as contract
from contender import workload
from contender.asgi import App, Message, Receive, Scope, Send
from contender.identity import Server
from frameworks import contract as starlette_contract
from frameworks.fastapi import app as fastapi_app
from frameworks.starlette import app as starlette_app
from tests.unit.interface import (
    DISCONNECT,
    Connection,
    Leaving,
    answer,
    body_messages,
    call_asgi,
    converse,
    http_scope,
)
from tests.unit.slow_api import SlowApi

APPS: dict[str, App] = {"asgi": app, "starlette": starlette_app, "fastapi": fastapi_app}
WORKERS = {"asgi": contract.WORKER} | dict.fromkeys(("starlette", "fastapi"), starlette_contract.WORKER)


# --- the event loop -------------------------------------------------------------------------------


async def turns_of_others(served: App, target: str) -> int:
    """How often another task ran while the request was served."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    connection = Connection(*body_messages(b""))
    task = asyncio.create_task(other())
    await served(http_scope(target), connection.receive, connection.send)
    task.cancel()
    return turns


def test_a_wait_hands_the_loop_on_and_work_keeps_it() -> None:
    rows = [("/io?ms=20", True), ("/mix?io_ms=20", True), ("/cpu?ms=20", False), ("/block?ms=20", False)]
    for name, served in APPS.items():
        for target, yields in rows:
            turns = asyncio.run(turns_of_others(served, target))
            assert (turns > 0) is yields, f"{name} {target}: wanted others to run: {yields}, got {turns} turns"


def test_the_calls_of_a_fanout_are_all_under_way_at_once(api: SlowApi) -> None:
    for name, served in APPS.items():
        api.meeting = threading.Barrier(5)  # no call returns before all have arrived
        calls = call_asgi(served, http_scope("/fanout?n=5&ms=0")).document["calls"]
        assert [call["status"] for call in calls] == [200] * 5, f"{name}: got {calls}"


def test_a_path_that_only_looks_mounted_is_not_found() -> None:
    got = call_asgi(app, http_scope("/uvicornhello") | {"root_path": "/uvicorn"})
    assert (got.status, got.document["instance"]) == (404, "/uvicornhello")


# --- clients that go away ---------------------------------------------------------------------------


def leave(name: str, target: str, method: str, connection: Connection) -> list[Message]:
    """What a client was sent that went away; nothing comes after the application has returned."""
    later = asyncio.run(converse(APPS[name], http_scope(target, method), connection))
    assert later == 0, f"{name} {target}: {later} messages sent after the end"
    assert WORKERS[name].in_flight == 0, f"{name} {target}: {WORKERS[name].in_flight} in flight"
    return connection.sent


def test_a_stream_ends_with_its_client() -> None:
    for name in APPS:
        for target in ("/stream?chunks=100&ms=10000", "/sse?events=100&ms=10000", "/stream?chunks=1000&ms=1"):
            sent = leave(name, target, "GET", Leaving(*body_messages(b"")))
            assert sent[-1].get("more_body"), f"{name} {target}: wanted no end to what nobody reads, got {sent[-1]}"
            assert len(sent) < 100, f"{name} {target}: wanted an end soon after the client left, got {len(sent)}"


def test_an_upload_whose_client_leaves_ends() -> None:
    for name, refused in (("asgi", None), ("starlette", 400)):
        begun: Message = {"type": "http.request", "body": b"abc", "more_body": True}
        sent = leave(name, "/upload", "POST", Connection(begun, DISCONNECT))
        assert (answer(sent).status if sent else None) == refused, f"{name}: got {sent}"


def test_a_body_over_the_limit_is_never_held_in_memory() -> None:
    for name, served in APPS.items():
        connection, yielded = Connection(), 0

        async def receive() -> Message:
            nonlocal yielded
            assert yielded <= workload.UPLOAD_LIMIT, "wanted no more read after the limit"
            yielded += workload.UPLOAD_CHUNK
            return {"type": "http.request", "body": bytes(workload.UPLOAD_CHUNK), "more_body": True}

        tracemalloc.start()
        asyncio.run(served(http_scope("/upload", "POST"), receive, connection.send))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert answer(connection.sent).status == 413, f"{name}: got {connection.sent}"
        assert peak < 1024 * 1024, f"{name}: wanted a few chunks in memory, got {peak} bytes"


# --- failures and the server's start ------------------------------------------------------------------


def test_a_failure_is_500_without_its_traceback_which_the_log_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("no water")

    monkeypatch.setitem(lesson.ROUTES, "/hello", fail)
    got = call_asgi(app, http_scope("/hello"))
    assert (got.status, got.headers["content-type"]) == (500, "application/problem+json")
    assert not any(word in got.body for word in (b"Traceback", b"RuntimeError", b"no water")), got.body
    assert "RuntimeError: no water" in (log := capsys.readouterr().err), f"wanted the traceback logged, got {log!r}"


def test_a_body_that_nobody_read_is_drained_within_bounds_before_it_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where a server closes behind a response with unread bytes, the reset may overtake it."""
    monkeypatch.setattr(contract, "DRAIN_SECONDS", 0.05)
    part: Message = {"type": "http.request", "body": b"x" * 300_000, "more_body": True}
    last: Message = {**part, "more_body": False}
    for target, parts, left in (
        ("/hello", [part, part, last], 0),
        ("/nothing", [part] * 6, 2),  # beyond DRAIN_BYTES
        ("/hello", [part], 0),  # of a client that dribbles: it is answered all the same
    ):
        connection = Connection(*parts)
        scope = http_scope(target, headers={"Content-Length": "1000000"})
        asyncio.run(app(scope, connection.receive, connection.send))
        assert [message["type"] for message in connection.sent] == ["http.response.start", "http.response.body"]
        assert connection.waiting() == left, f"{target}: wanted {left} of {len(parts)} parts left unread"


def test_a_response_that_was_started_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("no water")

    monkeypatch.setitem(lesson.ROUTES, "/hello", fail)
    connection = Connection(*body_messages(b""))
    with pytest.raises(RuntimeError, match="no water"):  # which the server logs, and closes the connection
        asyncio.run(app(http_scope("/hello"), connection.receive, connection.send))
    assert [message["type"] for message in connection.sent] == ["http.response.start"]


def test_the_lifespan_is_acknowledged_and_finds_out_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """But gunicorn, which has told its own before."""
    monkeypatch.setitem(sys.modules, "uvicorn", SimpleNamespace())
    gunicorn, uvicorn = (
        Server("asgi", "gunicorn", "27.0.1", "asgi"),
        Server("asgi", "uvicorn", version("uvicorn"), "asyncio"),
    )
    for (name, served), (expected_server, wanted) in product(APPS.items(), ((None, uvicorn), (gunicorn, gunicorn))):
        monkeypatch.setattr(WORKERS[name], "server", expected_server)
        connection = Connection({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
        asyncio.run(served({"type": "lifespan", "state": {}}, connection.receive, connection.send))
        types = [message["type"] for message in connection.sent]
        assert types == ["lifespan.startup.complete", "lifespan.shutdown.complete"], f"{name}: got {types}"
        assert WORKERS[name].server == wanted, f"{name}: {WORKERS[name].server}"
