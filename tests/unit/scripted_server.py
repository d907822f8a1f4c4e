"""A server that answers each request with bytes that a test chose, and then does to the connection what it chose."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.loadgen import Address, Request, get
from bench.loadgen.clocks import clock

Script = Callable[[asyncio.StreamWriter, int], Awaitable[None]]

HELLO = b"Hello, World!\n"


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Scripted:
    """`script` is called for each request, with how many its connection has had before."""

    script: Script
    address: Address = ("", 0)
    requests: int = 0
    open: int = 0
    peak: int = 0
    all_gone: asyncio.Event = field(default_factory=asyncio.Event)

    def request(self, body: bytes | None = HELLO, service: str | None = None) -> Request:
        return get((self.address,), "scripted", "/hello", body=body, service=service)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.peak = max(self.peak, self.open)
        try:
            await self._answer_all(reader, writer)
        except ConnectionError:
            pass  # the client hung up, as it does after a time-out
        finally:
            writer.close()
            self.open -= 1
            if not self.open:
                self.all_gone.set()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        before = 0
        while not writer.is_closing():
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            self.requests += 1
            await self.script(writer, before)
            before += 1


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Scripted]:
    server = Scripted(script)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, backlog=1024)
    server.address = ("127.0.0.1", listening.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listening.close()


# --- scripts ------------------------------------------------------------------------------------------


async def pause(seconds: float) -> None:
    """At least so long by the client's clock: uvloop's timers, in whole milliseconds, may be one early."""
    end = clock() + seconds
    while (left := end - clock()) > 0:
        await asyncio.sleep(left)


def always(data: bytes) -> Script:
    async def script(writer: asyncio.StreamWriter, _: int) -> None:
        writer.write(data)

    return script


def then_closes(data: bytes) -> Script:
    async def script(writer: asyncio.StreamWriter, _: int) -> None:
        writer.write(data)
        writer.close()

    return script


def then_resets(data: bytes) -> Script:
    async def script(writer: asyncio.StreamWriter, _: int) -> None:
        writer.write(data)
        await pause(0.01)  # what was sent arrives before the reset, which would overtake it
        linger = struct.pack("ii", 1, 0)  # closes with RST instead of FIN
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    return script


async def never(_: asyncio.StreamWriter, __: int) -> None:
    """The connection stays, and is read from, so that the server sees it end."""


def byte_by_byte(data: bytes) -> Script:
    async def script(writer: asyncio.StreamWriter, _: int) -> None:
        for place in range(len(data)):
            writer.write(data[place : place + 1])
            await asyncio.sleep(0)  # one turn of the loop: the client reads it alone

    return script
