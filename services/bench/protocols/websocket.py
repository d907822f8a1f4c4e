"""The probes of WebSocket (RFC 6455), with wsproto; and of WebSocket over HTTP/2 (RFC 8441)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import h2.events
import wsproto
from wsproto.connection import Connection, ConnectionType
from wsproto.events import AcceptConnection, BytesMessage, Message, RejectConnection, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

from bench.protocols.http2 import ALPN, EXTENDED_CONNECT, by_name, http2
from bench.protocols.raw import RawConnection, connect
from bench.protocols.route import Finding, Route, no, partly, yes

PATH = "ws"
TEXT, BINARY = "grüße", b"\x00\xff\xfe"
LONG = "serverlab " * 100  # compresses well


class Refused(Exception):
    """Its text is the answer to the handshake."""


class Socket:
    def __init__(self, connection: RawConnection) -> None:
        self.accepted: AcceptConnection | None = None
        self.received = 0  # bytes since the handshake
        self._wire, self._ws = connection, wsproto.WSConnection(ConnectionType.CLIENT)

    async def open(self, request: Request) -> None:
        await self._wire.send(self._ws.send(request))
        event = await self._event()
        if isinstance(event, RejectConnection):
            raise Refused(f"{event.status_code} instead of 101")
        assert isinstance(event, AcceptConnection)
        self.accepted, self.received = event, 0

    async def echo(self, message: str | bytes) -> str | bytes:
        event: Message[Any] = TextMessage(message) if isinstance(message, str) else BytesMessage(message)
        await self._wire.send(self._ws.send(event))
        whole: list[Any] = []
        while True:
            event = await self._event()
            if not isinstance(event, TextMessage | BytesMessage):
                raise ConnectionResetError(f"{type(event).__name__} instead of the message")
            whole.append(event.data)
            if event.message_finished:
                return type(message)().join(whole)

    async def _event(self) -> Any:
        while True:
            for event in self._ws.events():
                return event
            data = await self._wire.reader.read(65536)
            if not data:
                raise ConnectionResetError("the connection was closed")
            self.received += len(data)
            self._ws.receive_data(data)


@asynccontextmanager
async def websocket(
    route: Route, subprotocols: Sequence[str] = (), extensions: Sequence[Any] = ()
) -> AsyncIterator[Socket]:
    """Raises Refused."""
    async with connect(route) as connection:
        socket = Socket(connection)
        opening = Request(
            route.authority, route.path(PATH), subprotocols=list(subprotocols), extensions=list(extensions)
        )
        await socket.open(opening)
        yield socket


async def text(route: Route) -> Finding:
    return await _echo(route, TEXT, "a text message")


async def binary(route: Route) -> Finding:
    return await _echo(route, BINARY, "a binary message")


async def _echo(route: Route, message: str | bytes, what: str) -> Finding:
    try:
        async with websocket(route) as socket:
            got = await socket.echo(message)
    except Refused as refused:
        return no(f"handshake at {route.path(PATH)}: {refused}")
    seen = f"101 at {route.path(PATH)}, {what} of {len(message)}"
    return yes(f"{seen}: echoed") if got == message else no(f"{seen}: {got!r:.60} came back")


async def subprotocol(route: Route) -> Finding:
    offered = ["nobody", "echo"]
    try:
        async with websocket(route, offered) as socket:
            chosen = socket.accepted and socket.accepted.subprotocol
    except Refused as refused:
        return no(f"handshake with `Sec-WebSocket-Protocol: {', '.join(offered)}`: {refused}")
    seen = f"`Sec-WebSocket-Protocol: {', '.join(offered)}`: {chosen or 'none'} selected"
    return yes(seen) if chosen == "echo" else no(seen)


async def deflate(route: Route) -> Finding:
    """Whether it is agreed on, and then used."""
    offer = "`Sec-WebSocket-Extensions: permessage-deflate`"
    try:
        async with websocket(route, extensions=[PerMessageDeflate()]) as socket:
            agreed = bool(socket.accepted and socket.accepted.extensions)
            got = await socket.echo(LONG)
            received = socket.received
    except Refused as refused:
        return no(f"handshake with {offer}: {refused}")
    if not agreed:
        return no(f"{offer}: not in the answer")
    seen = f"{offer}: accepted; {len(LONG)} chars echoed in {received} bytes"
    return no(f"{seen}, content differs") if got != LONG else yes(seen) if received < len(LONG) else partly(seen)


async def over_http2(route: Route) -> Finding:
    """An extended CONNECT; a server announces that it takes one by SETTINGS_ENABLE_CONNECT_PROTOCOL."""
    alpn = () if route.ca is None else (ALPN,)
    try:
        async with http2(route, *alpn) as connection:
            await connection.settled
            if not connection.h2.remote_settings.get(EXTENDED_CONNECT):
                return no("HTTP/2 SETTINGS without ENABLE_CONNECT_PROTOCOL (RFC 8441)")
            more = ((":protocol", "websocket"), ("sec-websocket-version", "13"))
            stream = connection.begin("CONNECT", route, PATH, *more, end=False)
            while not isinstance(event := await connection.event(stream), h2.events.ResponseReceived):
                pass
            status = by_name(event.headers)[":status"]
            if status != "200":
                return no(f"`:protocol websocket` by extended CONNECT: {status}")
            frames = Connection(ConnectionType.CLIENT)
            connection.h2.send_data(stream, frames.send(TextMessage(TEXT)))
            connection.flush()
            while not isinstance(event := await connection.event(stream), h2.events.DataReceived):
                pass
            frames.receive_data(event.data)
            got = [each.data for each in frames.events() if isinstance(each, TextMessage)]
    except Exception as error:  # whatever a server without HTTP/2 makes of it
        return no(f"no HTTP/2 here: {str(error) or type(error).__name__}")
    seen = "`:protocol websocket` by extended CONNECT: 200, a text message"
    return yes(f"{seen} echoed") if got == [TEXT] else no(f"{seen}: {got!r:.60} came back")
