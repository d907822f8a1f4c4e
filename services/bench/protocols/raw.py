"""A connection of HTTP/1.1 whose every byte is ours: what is sent, and what came back when."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import h11

from bench.protocols.route import Route

HEAD = 64 * 1024  # bytes of an answer's head that are taken


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    version: str  # as the response has it: 1.0, 1.1, 2, 3
    body: bytes = b""
    interim: list[int] = field(default_factory=list)  # the 1xx before it
    parts: list[tuple[float, bytes]] = field(default_factory=list)  # of its body, and when each came (time.time)

    def served_by(self, received: float | None) -> dict[str, Any]:
        """host, pid, lane, started, finished and queued_ms, of a contender's answer; None each of any other.

        X-Served-By can only have the time of the head. A response without a length goes on after it: its process is at
        work until the last byte, which came at `received` (seconds since the epoch).
        """
        identity = _parse_pairs(self.headers.get("x-served-by", ""), "=")
        kinds = {"host": str, "pid": int, "lane": str, "started": float, "finished": float}
        read = {name: kind(identity[name]) if name in identity else None for name, kind in kinds.items()}
        if read["finished"] is not None and received is not None and "content-length" not in self.headers:
            read["finished"] = received
        return read | {"queued_ms": self.timing.get("queue")}

    @property
    def timing(self) -> dict[str, float]:
        """Milliseconds of queue, body and app, of a contender's answer."""
        listed = _parse_pairs(self.headers.get("server-timing", ""), ";dur=")
        return {name: float(ms) for name, ms in listed.items()}


def headers_of(head: bytes) -> dict[str, str]:
    """Of a head as it came, without the empty line that ends it."""
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in pairs}


class RawConnection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.continued = asyncio.Event()  # 100 has come
        self._left = b""  # of the next answer, read with the one before

    async def send(self, data: str | bytes) -> None:
        self.writer.write(data.encode() if isinstance(data, str) else data)
        await self.writer.drain()

    async def answer(self, method: str = "GET", *, upgrade: bool = False) -> Answer:
        """The next one, to a request that proposed an upgrade or did not.

        Raises h11.RemoteProtocolError for what is no HTTP, and ConnectionError for an early end.
        """
        parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD)
        proposed = [("Upgrade", "x"), ("Connection", "upgrade")] if upgrade else []
        parser.send(h11.Request(method=method, target="/", headers=[("Host", "x"), *proposed]))
        parser.send(h11.EndOfMessage())
        if self._left:
            parser.receive_data(self._left)
        interim: list[int] = []
        while isinstance(event := await self._event(parser), h11.InformationalResponse):
            interim.append(event.status_code)
            if event.status_code == 101:
                return Answer(101, _by_name(event.headers), event.http_version.decode(), interim=interim)
            if event.status_code == 100:
                self.continued.set()
        answer = Answer(event.status_code, _by_name(event.headers), event.http_version.decode(), interim=interim)
        while isinstance(event := await self._event(parser), h11.Data):
            answer.parts.append((time.time(), bytes(event.data)))
        answer.body = b"".join(part for _, part in answer.parts)
        self._left = parser.trailing_data[0]
        return answer

    async def _event(self, parser: h11.Connection) -> Any:
        while (event := parser.next_event()) is h11.NEED_DATA:
            data = await self.reader.read(HEAD)
            if not data and parser.their_state is h11.SEND_RESPONSE:
                raise ConnectionResetError("the connection was closed without an answer")
            parser.receive_data(data)
        return event

    async def get(self, route: Route, rest: str, *headers: str) -> Answer:
        await self.send(request("GET", route, rest, *headers))
        return await self.answer()

    async def closed(self, seconds: float) -> bool:
        """Whether the other side closes the connection within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while await self.reader.read(HEAD):
                    pass
                return True
        return False


def request(method: str, route: Route, rest: str, *headers: str) -> str:
    return "\r\n".join((f"{method} {route.path(rest)} HTTP/1.1", f"Host: {route.authority}", *headers, "", ""))


def _by_name(headers: Any) -> dict[str, str]:
    return {name.decode().lower(): value.decode("latin-1") for name, value in headers}


def _parse_pairs(text: str, sign: str) -> dict[str, str]:
    return dict(part.strip().partition(sign)[::2] for part in text.split(",") if sign in part)


@asynccontextmanager
async def connect(route: Route) -> AsyncIterator[RawConnection]:
    """A new connection; by TLS it offers HTTP/1.1."""
    connection = RawConnection(*await route.open("http/1.1"))
    try:
        yield connection
    finally:
        connection.writer.transport.abort()  # nothing is owed to it: a close by TLS would wait for the other side


async def get(route: Route, rest: str, *headers: str) -> Answer:
    """On a connection of its own."""
    async with connect(route) as connection:
        return await connection.get(route, rest, "Connection: close", *headers)
