"""Clients that send or read a byte at a time: as a bad phone line does, or an attacker (Slowloris)."""

import asyncio
import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Literal

from httptools import HttpParserError, HttpResponseParser

from bench.loadgen.descriptors import allow_descriptors
from bench.loadgen.request import Request
from bench.loadgen.resolver import Address, resolve

Mode = Literal["headers", "body", "read"]

# The clients take their steps in so many groups, so that their bytes come in a trickle and not in a beat; but not
# with so few milliseconds between two groups that the event loop, which counts in whole ones, would lose the pace.
GROUPS, SHORTEST = 20, 0.005
WINDOW = 1024  # bytes of receive buffer: the kernel's least, so that the server is left with what is not read


@dataclass(slots=True)
class SlowCounts:
    connected: int = 0
    dropped: int = 0  # by the server: closed, reset, or rejected with a status other than 200
    answered: int = 0  # served to the end, for all their slowness
    refused: int = 0  # had no connection
    holding: int = 0  # were connected and not done when it ended


async def slow_clients(request: Request, clients: int, mode: Mode, until: asyncio.Event, pace: float) -> SlowCounts:
    """Each client does one byte every `pace` seconds; dropped or done, it comes again at its next turn.

    `headers` sends the head of the request so, `body` its body after a head sent at once (see `post`), `read` reads
    the answer so. Returns when `until` is set.
    """
    allow_descriptors()
    counts, addresses = SlowCounts(), cycle(await resolve(request.addresses) or [("", 0)])
    slow = [_SlowClient(request.payload, mode, counts, lambda: next(addresses)) for _ in range(clients)]
    groups, turn = max(1, min(GROUPS, int(pace / SHORTEST))), 0
    try:
        while not until.is_set():
            for client in slow[turn::groups]:
                client.step()
            for client in slow:
                client.arrive()
            turn = (turn + 1) % groups
            await _pause(until, pace / groups)
        counts.holding = sum(client.connected for client in slow)
    finally:
        for client in slow:
            client.hang_up()
    return counts


async def _pause(until: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(until.wait(), seconds)
    except TimeoutError:
        return


class _SlowClient:
    """A plain socket that never waits: what happened to it is seen at its next step."""

    def __init__(self, payload: bytes, mode: Mode, counts: SlowCounts, address: Callable[[], Address]) -> None:
        self._mode, self._counts, self._address = mode, counts, address
        head = payload.index(b"\r\n\r\n") + 4
        self._at_once = {"headers": b"", "body": payload[:head], "read": payload}[mode]
        self._dribble = memoryview(payload)[len(self._at_once) :]  # a megabyte, and of one client in a thousand
        self._socket: socket.socket | None = None
        self.connected = False

    def step(self) -> None:
        try:
            if self._socket is None:
                self._dial()
            elif self.connected:
                self._exchange(self._socket)
            else:
                self._connect(self._socket)
        except BlockingIOError:
            return  # nothing to read yet, or no room to send
        except OSError, HttpParserError:
            self._give_up()

    def arrive(self) -> None:
        """To connect is no slower than anybody's: it takes no step of its own."""
        if self._socket is not None and not self.connected:
            self.step()

    def _dial(self) -> None:
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._mode == "read":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        if (code := self._socket.connect_ex(self._address())) not in (0, errno.EINPROGRESS):
            raise OSError(code, "not connected")

    def _connect(self, connecting: socket.socket) -> None:
        if code := connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, "not connected")
        try:
            connecting.getpeername()
        except OSError:
            return  # not yet
        self.connected = True
        self._counts.connected += 1
        self._status, self._sent = 0, 0
        self._parser = HttpResponseParser(self)
        connecting.sendall(self._at_once)  # into an empty buffer, which is larger

    def _exchange(self, connection: socket.socket) -> None:
        if self._sent < len(self._dribble):
            self._sent += connection.send(self._dribble[self._sent : self._sent + 1])
        self._read(connection.recv(1 if self._mode == "read" else 65536))

    def _read(self, data: bytes) -> None:
        if not data:
            raise ConnectionResetError
        self._parser.feed_data(data)
        if self._status == 200:
            self._counts.answered += 1
            self.hang_up()
        elif self._status:
            raise ConnectionAbortedError

    def on_message_complete(self) -> None:
        self._status = self._parser.get_status_code()

    def _give_up(self) -> None:
        if self.connected:
            self._counts.dropped += 1
        else:
            self._counts.refused += 1
        self.hang_up()

    def hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self.connected = None, False
