"""HTTP/3 (RFC 9114) over QUIC as a client, with aioquic; and its probe."""

import asyncio
import socket
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, QuicEvent, StreamReset

from bench.protocols.raw import Answer
from bench.protocols.route import Finding, Route, no, yes

HANDSHAKE = 2.0  # seconds; here it takes milliseconds, and to a closed port it would take for ever


class Http3(QuicConnectionProtocol):
    """One connection, with any number of requests on it at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)
        self._events: dict[int, asyncio.Queue[Any]] = defaultdict(asyncio.Queue)

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ConnectionTerminated | StreamReset):
            gone = ConnectionResetError(f"QUIC: {getattr(event, 'reason_phrase', '') or event.error_code}")
            for queue in self._events.values():
                queue.put_nowait(gone)
        for found in self.http.handle_event(event):
            if isinstance(found, HeadersReceived | DataReceived):
                self._events[found.stream_id].put_nowait(found)

    async def get(self, route: Route, rest: str, *more: tuple[str, str]) -> Answer:
        return await self.answer(self.begin(route, rest, *more))

    def begin(self, route: Route, rest: str, *more: tuple[str, str]) -> int:
        stream = int(self._quic.get_next_available_stream_id())
        pseudo = {":method": "GET", ":scheme": "https", ":authority": route.authority, ":path": route.path(rest)}
        self.http.send_headers(stream, [(k.encode(), v.encode()) for k, v in (*pseudo.items(), *more)], end_stream=True)
        self.transmit()
        return stream

    async def answer(self, stream: int) -> Answer:
        answer = Answer(0, {}, "3")
        while True:
            found = await self._events[stream].get()
            if isinstance(found, Exception):
                raise found
            if isinstance(found, HeadersReceived):
                headers = {name.decode(): value.decode("latin-1") for name, value in found.headers}
                status = int(headers.get(":status", answer.status))
                if status < 200:
                    answer.interim.append(status)
                elif not answer.status:
                    answer.status, answer.headers = status, headers
            elif found.data:
                answer.parts.append((time.time(), found.data))
            if found.stream_ended:
                answer.body = b"".join(part for _, part in answer.parts)
                del self._events[stream]
                return answer


@asynccontextmanager
async def http3(route: Route) -> AsyncIterator[Http3]:
    """Raises ConnectionError where the handshake does not end within HANDSHAKE."""
    settings = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=route.host)
    if route.ca is not None:
        settings.load_verify_locations(cadata=route.ca.encode())
    loop = asyncio.get_running_loop()
    [(*_, address), *_] = await loop.getaddrinfo(route.host, route.port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    transport, connection = await loop.create_datagram_endpoint(
        lambda: Http3(QuicConnection(configuration=settings)), local_addr=("0.0.0.0", 0)
    )
    try:
        connection.connect(address)
        async with asyncio.timeout(HANDSHAKE):
            await connection.wait_connected()
        yield connection
    except TimeoutError:
        raise ConnectionRefusedError(f"QUIC Initial: no reply in {HANDSHAKE:.0f} s") from None
    finally:
        connection.close()  # sends CONNECTION_CLOSE; aioquic's own client would wait for the other side to notice
        transport.close()


async def over_quic(route: Route) -> Finding:
    try:
        async with http3(route) as connection:
            answer = await connection.get(route, "hello")
    except ConnectionError as error:
        return no(f"UDP port {route.port}, {error}")
    seen = f"QUIC on UDP port {route.port}, a GET: {answer.status} over HTTP/3"
    return yes(seen) if answer.status == 200 else no(seen)
