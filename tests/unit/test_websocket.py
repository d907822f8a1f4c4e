"""WebSockets of the bare ASGI application and of Starlette's: the echo, its end, and refusals before the handshake."""

import asyncio

import pytest

from asgi.app import app as asgi_app
from contender.asgi import App, Message, Scope
from contender.asgi_contract import WORKER as ASGI_WORKER
from contender.identity import Worker
from frameworks.contract import WORKER as STARLETTE_WORKER
from frameworks.starlette import app as starlette_app
from tests.unit.interface import Connection, answer, converse, http_scope

CONNECT: Message = {"type": "websocket.connect"}
DISCONNECT: Message = {"type": "websocket.disconnect", "code": 1000}
DENIAL: dict[str, dict[str, str]] = {"websocket.http.response": {}}
EACH_APP = pytest.mark.parametrize("app", [asgi_app, starlette_app], ids=["asgi", "starlette"])


def scope(path: str, extensions: dict[str, dict[str, str]]) -> Scope:
    headers = {"X-Request-Id": "12345678"}
    ours = {"type": "websocket", "scheme": "ws", "subprotocols": [], "extensions": extensions}
    return {**http_scope(path, headers=headers, mount="/uvicorn"), **ours}


def exchange(app: App, opening: Scope, *messages: Message) -> list[Message]:
    connection = Connection(*messages)
    asyncio.run(converse(app, opening, connection))
    return connection.sent


@EACH_APP
def test_text_comes_back_as_text_and_bytes_as_bytes(app: App) -> None:
    frames: list[Message] = [{"text": "hello"}, {"bytes": b"\0\xff"}, {"text": ""}, {"bytes": b""}, {"text": "ü"}]
    received = [{"type": "websocket.receive", **frame} for frame in frames]
    accepted, *echoed = exchange(app, scope("/ws", DENIAL), CONNECT, *received, DISCONNECT)
    assert accepted["type"] == "websocket.accept", f"wanted the handshake accepted first, got {accepted}"
    assert echoed == [{"type": "websocket.send", **frame} for frame in frames]


@EACH_APP
def test_the_frame_that_is_not_there_may_be_none(app: App) -> None:
    """ASGI lets a server give both keys, the unused one as None."""
    frames: list[Message] = [{"text": "a", "bytes": None}, {"text": None, "bytes": b"b"}]
    received = [{"type": "websocket.receive", **frame} for frame in frames]
    _, *echoed = exchange(app, scope("/ws", {}), CONNECT, *received, DISCONNECT)
    assert echoed == [{"type": "websocket.send", "text": "a"}, {"type": "websocket.send", "bytes": b"b"}]


@EACH_APP
def test_the_handshake_carries_the_request_id_and_the_timing(app: App) -> None:
    accepted, *_ = exchange(app, scope("/ws", DENIAL), CONNECT, DISCONNECT)
    headers = dict(accepted["headers"])
    assert headers[b"x-request-id"] == b"12345678", f"wanted the client's request id, got {headers}"
    assert b"server-timing" in headers, f"wanted the timing, got {headers}"


@EACH_APP
def test_a_client_that_leaves_before_the_handshake_is_no_failure(app: App) -> None:
    sent = exchange(app, scope("/ws", DENIAL), CONNECT, DISCONNECT)
    assert [message["type"] for message in sent] == ["websocket.accept"]


@EACH_APP
def test_an_unknown_path_is_denied_with_a_problem_document(app: App) -> None:
    got = answer(exchange(app, scope("/nothing", DENIAL), CONNECT, DISCONNECT))
    assert (got.status, got.headers["content-type"]) == (404, "application/problem+json")
    assert got.document["instance"] == "/uvicorn/nothing", f"wanted the requested path, got {got.document}"
    assert got.headers["x-request-id"] == "12345678", f"wanted the refusal identified too, got {got.headers}"


@EACH_APP
def test_an_unknown_path_is_closed_where_the_server_cannot_deny_with_a_document(app: App) -> None:
    sent = exchange(app, scope("/nothing", {}), CONNECT, DISCONNECT)
    assert [message["type"] for message in sent] == ["websocket.close"]


@pytest.mark.parametrize(
    ("app", "worker"), [(asgi_app, ASGI_WORKER), (starlette_app, STARLETTE_WORKER)], ids=["asgi", "starlette"]
)
def test_a_websocket_is_one_visit_however_many_its_messages(app: App, worker: Worker) -> None:
    served = worker.served
    exchange(app, scope("/ws", DENIAL), CONNECT, {"type": "websocket.receive", "text": "a"}, DISCONNECT)
    assert (worker.in_flight, worker.served) == (0, served + 1)
