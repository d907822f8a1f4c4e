"""The server's side of WSGI and ASGI: one request to an application in this process, and what it answers."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from contender.asgi import App, Message, Scope

GUARD = 5.0  # seconds; ends a test that would otherwise hang, and is never reached by one that passes
DISCONNECT: Message = {"type": "http.disconnect"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; the names of its headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded


# --- WSGI -----------------------------------------------------------------------------------------


def environ(
    target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"", mount: str = ""
) -> WSGIEnvironment:
    """What a server would hand over for `target`, a path below `mount` with its query string."""
    path, _, query = target.partition("?")
    handed: WSGIEnvironment = {
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": mount,
        "QUERY_STRING": query,
    }
    handed["PATH_INFO"] = path.encode().decode("latin-1")  # PEP 3333: bytes, dressed up as text
    handed |= {"wsgi.input": BytesIO(body), "wsgi.errors": StringIO()}
    handed |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
    if body:
        handed["CONTENT_LENGTH"] = str(len(body))
    setup_testing_defaults(handed)
    return handed


def discard(data: bytes) -> object:
    """The `write` of PEP 3333, which is for applications older than it."""
    raise AssertionError(f"wanted the body returned, got {data!r} written")


def call_wsgi(app: WSGIApplication, handed: WSGIEnvironment) -> Answer:
    """Calls the application as PEP 3333 has a server do it; the standard library's validator looks on."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        started.append((status, headers))
        return discard

    body = validator(app)(handed, start_response)
    try:
        content = b"".join(body)
    finally:
        body.close()  # type: ignore[attr-defined]  # the validator's iterator has it
    assert len(started) == 1, f"start_response was called {len(started)} times instead of once: {started}"
    [(status, headers)] = started
    return Answer(int(status[:3]), _unique(headers), content)


# --- ASGI -----------------------------------------------------------------------------------------


class Connection:
    """A client that is there until it disconnects: `receive` hands over what was delivered, then waits for more."""

    def __init__(self, *messages: Message) -> None:
        self.sent: list[Message] = []
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        for message in messages:
            self.deliver(message)

    def deliver(self, message: Message) -> None:
        self._incoming.put_nowait(message)

    def waiting(self) -> int:
        """How many messages are unread."""
        return self._incoming.qsize()

    async def receive(self) -> Message:
        return await self._incoming.get()

    async def send(self, message: Message) -> None:
        self.sent.append(message)


class Leaving(Connection):
    """A client that goes away when the first of the body arrives."""

    async def send(self, message: Message) -> None:
        await super().send(message)
        if message["type"] == "http.response.body":
            self.deliver(DISCONNECT)


def http_scope(
    target: str, method: str = "GET", headers: dict[str, str] | None = None, mount: str = ""
) -> dict[str, Any]:
    """What uvicorn hands over for `target`, a path below `mount` with its query string."""
    path, _, query = target.partition("?")
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": mount + path,
        "raw_path": (mount + path).encode(),
        "root_path": mount,
        "query_string": query.encode("latin-1"),
        "headers": [(b"host", b"localhost"), *pairs],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }


async def converse(app: App, scope: Scope, connection: Connection) -> int:
    """How many messages were sent after the application returned, by what it left running."""
    async with asyncio.timeout(GUARD):
        await app(scope, connection.receive, connection.send)
        sent = len(connection.sent)
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
    return len(connection.sent) - sent


def body_messages(*chunks: bytes) -> list[Message]:
    """A request's body as the server delivers it, a chunk a message."""
    last = len(chunks) - 1
    return [{"type": "http.request", "body": chunk, "more_body": at < last} for at, chunk in enumerate(chunks)]


def call_asgi(app: App, scope: Scope, *chunks: bytes) -> Answer:
    connection = Connection(*body_messages(*(chunks or (b"",))))
    asyncio.run(app(scope, connection.receive, connection.send))
    return answer(connection.sent)


def answer(sent: list[Message]) -> Answer:
    """The response that these messages make; ASGI has it begin with one start and end with a last body."""
    types = [message["type"].removeprefix("websocket.") for message in sent]
    assert types[:1] == ["http.response.start"], f"wanted a response's start first, got {types}"
    assert set(types[1:]) == {"http.response.body"}, f"wanted a start and then body only, got {types}"
    more = [message.get("more_body", False) for message in sent[1:]]
    assert more == [True] * (len(more) - 1) + [False], f"wanted only the last body to be the last, got more_body={more}"
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return Answer(sent[0]["status"], _unique(headers), b"".join(message.get("body", b"") for message in sent[1:]))


def _unique(headers: list[tuple[str, str]]) -> dict[str, str]:
    names = [name.lower() for name, _ in headers]
    assert len(names) == len(set(names)), f"wanted each header once, got {names}"
    return {name.lower(): value for name, value in headers}
