"""A server that does what it is told to and writes down what it did, in a process of its own, as a contender is.

Its record is what a generator's figures are compared with: on a busy machine it stalls for longer than it was told
to, and then that is the truth. Moments are of CLOCK_MONOTONIC, which all processes share.
"""

import asyncio
import http.client
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import cast
from urllib.parse import parse_qs, urlsplit

import uvloop

from bench.loadgen import Address, Request, get
from bench.loadgen.timer import Timer

HELLO = b"Hello, World!\n"
_PADDED = {"service": "reference", "host": "x" * 12, "pid": 7, "padding": "x" * 300}  # as long as a contender's
WHOAMI = json.dumps(_PADDED).encode()
PERIOD = 1.0  # seconds from one stall to the next
NEVER = 1e9  # seconds from the start of the machine: thirty years

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"


@dataclass(slots=True)
class Record:
    stalls: list[tuple[float, float]] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)  # of requests that were served one by one, or with a delay
    answered: list[float] = field(default_factory=list)  # of all requests


class Queue:
    """One at a time, first come first served: each is done `seconds` after it came, or after the one before."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self._free = 0.0
        self._timer = Timer(self._serve)

    def put(self, seconds: float, done: Callable[[], None]) -> None:
        self._free = max(self._free, time.perf_counter()) + seconds
        self._waiting.append((self._free, done))
        self._timer.at(self._waiting[0][0])

    def _serve(self) -> None:
        while self._waiting and self._waiting[0][0] <= time.perf_counter():
            self._waiting.popleft()[1]()
        self._timer.at(self._waiting[0][0] if self._waiting else NEVER)


class Server(asyncio.Protocol):
    """/hello, /whoami at once; /delay?ms=20 later; /serial?ms=20 after all before it, each of which takes so long."""

    def __init__(self, record: Record, queue: Queue) -> None:
        self._record, self._queue = record, queue

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        target = urlsplit(data.split(b" ", 2)[1].decode())
        seconds = float(parse_qs(target.query).get("ms", ["0"])[0]) / 1000
        match target.path:
            case "/record":
                self._answer(json.dumps(asdict(self._record)).encode())
                return
            case "/whoami":
                self._answer(WHOAMI)
                return
            case "/forget":
                self._record.stalls, self._record.arrived, self._record.answered = [], [], []
                self._answer(HELLO)
                return
            case "/delay":
                self._record.arrived.append(time.perf_counter())
                asyncio.get_running_loop().call_later(seconds, self._hello)
                return
            case "/serial":
                self._record.arrived.append(time.perf_counter())
                self._queue.put(seconds, self._hello)
                return
        self._hello()

    def _hello(self) -> None:
        if not self._transport.is_closing():
            self._record.answered.append(time.perf_counter())
            self._answer(HELLO)

    def _answer(self, body: bytes) -> None:
        self._transport.write(_ANSWER % (len(body), body))


async def _stall(record: Record, seconds: float) -> None:
    """The whole process stands still, as one does that collects garbage or writes to a slow disk."""
    while True:
        await asyncio.sleep(PERIOD - seconds)
        began = time.perf_counter()
        time.sleep(seconds)
        record.stalls.append((began, time.perf_counter()))


async def _serve(stall: float) -> None:
    record, loop = Record(), asyncio.get_running_loop()
    server = await loop.create_server(partial(Server, record, Queue()), "127.0.0.1", 0, backlog=2048)
    stalling = loop.create_task(_stall(record, stall)) if stall else None
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)  # whoever started it is gone
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
        return Record(**json.loads(self._ask("/record")))

    def forget(self) -> None:
        self._ask("/forget")

    def _ask(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(*self.address, timeout=10)  # a stall, and a busy machine
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def reference(stall: float = 0) -> Iterator[Reference]:
    """`stall`: seconds of each second in which it answers nobody."""
    command = [sys.executable, "-m", "tests.unit.reference_server", str(stall)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Reference(("127.0.0.1", int(server.stdout.readline())))
        # Popen's own end closes its standard input, at which the server ends.


if __name__ == "__main__":
    uvloop.run(_serve(float(sys.argv[1])))
