"""A server that records when it answered, and stalls on request, in a process of its own, as a contender is.

Its record is what a generator's figures are compared with: on a busy machine it stalls for longer than it should,
and then that is the truth. Moments are of CLOCK_MONOTONIC, which all processes share.
"""

import asyncio
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import cast

import uvloop

from bench.loadgen import Address, Request, get

HELLO = b"Hello, World!\n"
_PADDED = {"service": "reference", "host": "x" * 12, "pid": 7, "padding": "x" * 300}  # as long as a contender's
WHOAMI = json.dumps(_PADDED).encode()
PERIOD = 1.0  # seconds from one stall to the next

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"


@dataclass(slots=True)
class Record:
    answered: list[float] = field(default_factory=list)


class Server(asyncio.Protocol):
    """/hello and /whoami, and /record of all requests but those for itself."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        path = data.split(b" ", 2)[1]
        if path == b"/record":
            body = json.dumps(asdict(self._record)).encode()
        else:
            self._record.answered.append(time.perf_counter())
            body = WHOAMI if path == b"/whoami" else HELLO
        self._transport.write(_ANSWER % (len(body), body))


async def _stall(seconds: float) -> None:
    """The whole process stands still, as one does that collects garbage or writes to a slow disk."""
    while True:
        await asyncio.sleep(PERIOD - seconds)
        time.sleep(seconds)


async def _serve(stall: float) -> None:
    record, loop = Record(), asyncio.get_running_loop()
    server = await loop.create_server(partial(Server, record), "127.0.0.1", 0, backlog=2048)
    stalling = loop.create_task(_stall(stall)) if stall else None
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)  # its parent is gone
    if stalling is not None:
        stalling.cancel()
    server.close()


@dataclass(frozen=True, slots=True)
class Reference:
    """The running server, from outside."""

    address: Address

    def request(self, path: str) -> Request:
        return get((self.address,), "reference", path, body=HELLO)

    def record(self) -> Record:
        return Record(**json.loads(self._get("/record")))

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(*self.address, timeout=10)  # a stall, and a busy machine
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def reference(stall: float = 0) -> Iterator[Reference]:
    """`stall`: seconds of each second in which it answers none."""
    command = [sys.executable, "-m", "tests.unit.reference_server", str(stall)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Reference(("127.0.0.1", int(server.stdout.readline())))
        # Popen's own end closes its standard input, at which the server ends.


if __name__ == "__main__":
    uvloop.run(_serve(float(sys.argv[1])))
