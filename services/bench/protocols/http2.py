"""HTTP/2 (RFC 9113) as a client: by prior knowledge, by upgrade and by ALPN, with h2; and its probes."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.settings

from bench.protocols.raw import Answer, connect, request
from bench.protocols.route import Finding, Route, no, yes

READ = 256 * 1024  # bytes at a time
ALPN = "h2"
EXTENDED_CONNECT = h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL


class Http2:
    """One connection, with any number of requests on it at once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.settled = asyncio.get_running_loop().create_future()  # with the server's first SETTINGS
        self._streams: dict[int, asyncio.Queue[Any]] = {}
        tls = writer.get_extra_info("ssl_object")
        self.chosen: str | None = tls.selected_alpn_protocol() if tls else None
        self.h2.initiate_connection()
        self.flush()
        self._reading = asyncio.create_task(self._read())

    def flush(self) -> None:
        self._writer.write(self.h2.data_to_send())

    async def get(self, route: Route, rest: str, *more: tuple[str, str]) -> Answer:
        stream = self.begin("GET", route, rest, *more, end=True)
        return await self.answer(stream)

    def begin(self, method: str, route: Route, rest: str, *more: tuple[str, str], end: bool) -> int:
        stream = self.h2.get_next_available_stream_id()
        pseudo = {":method": method, ":scheme": route.scheme, ":authority": route.authority, ":path": route.path(rest)}
        self._streams[stream] = asyncio.Queue()
        self.h2.send_headers(stream, [*pseudo.items(), *more], end_stream=end)
        self.flush()
        return stream

    async def event(self, stream: int) -> Any:
        """The next one of this stream; raises ConnectionError when there will be none."""
        found = await self._streams[stream].get()
        if isinstance(found, Exception):
            raise found
        return found

    async def answer(self, stream: int) -> Answer:
        answer = Answer(0, {}, "2")
        while True:
            match await self.event(stream):
                case h2.events.InformationalResponseReceived(headers=headers):
                    answer.interim.append(int(by_name(headers)[":status"]))
                case h2.events.ResponseReceived(headers=headers):
                    answer.headers = by_name(headers)
                    answer.status = int(answer.headers[":status"])
                case h2.events.DataReceived(data=data):
                    answer.parts.append((time.time(), data))
                case h2.events.StreamEnded():
                    answer.body = b"".join(part for _, part in answer.parts)
                    return answer

    async def _read(self) -> None:
        error: Exception = ConnectionResetError("the connection was closed")
        try:
            while data := await self._reader.read(READ):
                for event in self.h2.receive_data(data):
                    self._take(event)
                self.flush()
        except Exception as failure:  # of the protocol too: every request that waits gets to know it
            error = failure
        if not self.settled.done():
            self.settled.set_exception(error)
            self.settled.exception()  # retrieved here, so that asyncio logs nothing
        for queue in self._streams.values():
            queue.put_nowait(error)

    def _take(self, event: Any) -> None:
        if isinstance(event, h2.events.RemoteSettingsChanged) and not self.settled.done():
            self.settled.set_result(None)
        if isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if isinstance(event, h2.events.ConnectionTerminated):
            for queue in self._streams.values():
                queue.put_nowait(ConnectionResetError(f"GOAWAY {event.error_code}"))
        if isinstance(event, h2.events.StreamReset):
            self._streams[event.stream_id].put_nowait(ConnectionResetError(f"RST_STREAM {event.error_code}"))
        elif (stream := getattr(event, "stream_id", None)) in self._streams:
            self._streams[stream].put_nowait(event)

    def close(self) -> None:
        self._reading.cancel()
        self._writer.transport.abort()


def by_name(headers: Any) -> dict[str, str]:
    """As h2 decodes them, whatever its types say of bytes."""
    return dict(headers)


@asynccontextmanager
async def http2(route: Route, *alpn: str) -> AsyncIterator[Http2]:
    """By ALPN where something is offered, else by prior knowledge."""
    connection = Http2(*await route.open(*alpn))
    try:
        yield connection
    finally:
        connection.close()


# --- probes -----------------------------------------------------------------------------------------


async def prior_knowledge(route: Route) -> Finding:
    what = "the HTTP/2 preface" + ("" if route.ca is None else " on TLS without ALPN")
    try:
        async with http2(route) as connection:
            answer = await connection.get(route, "hello")
    except Exception as error:  # whatever a server that has it not makes of it
        return no(f"{what}: {_describe(error)}")
    seen = f"{what} and a GET: {answer.status} over HTTP/2"
    return yes(seen) if answer.status == 200 else no(seen)


def _describe(error: Exception) -> str:
    return str(error) or type(error).__name__


async def upgrade(route: Route) -> Finding:
    """The way of RFC 7540, which RFC 9113 has given up."""
    sent = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
    async with connect(route) as connection:
        await connection.send(request("GET", route, "hello", *sent))
        answer = await connection.answer(upgrade=True)
    if answer.status == 101:
        return yes("`Upgrade: h2c` with HTTP2-Settings: 101 Switching Protocols")
    return no(f"`Upgrade: h2c` with HTTP2-Settings: {answer.status} over HTTP/{answer.version}, no 101")


async def by_alpn(route: Route) -> Finding:
    if route.ca is None:
        return no(await _hello_of_tls(route))
    async with http2(route, ALPN, "http/1.1") as connection:
        chosen = connection.chosen
        if chosen != ALPN:
            return no(f"ALPN h2, http/1.1: the server chose {chosen}")
        answer = await connection.get(route, "hello")
    seen = f"ALPN h2, http/1.1: h2 chosen; a GET: {answer.status}"
    return yes(seen) if answer.status == 200 else no(seen)


async def _hello_of_tls(route: Route) -> str:
    """What a port without TLS answers to a ClientHello."""
    context = ssl.create_default_context()
    context.set_alpn_protocols([ALPN])
    try:
        _, writer = await asyncio.open_connection(route.host, route.port, ssl=context, server_hostname=route.host)
    except ssl.SSLCertVerificationError:
        return "a TLS ClientHello: certificate from an unknown CA"
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or _describe(error)
        return f"a TLS ClientHello with ALPN h2: {reason}; the port is cleartext"
    with suppress(OSError):
        writer.close()
    return "a TLS ClientHello: answered without the lab's certificate"
