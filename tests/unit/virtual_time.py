"""Loads in simulated time, against servers that do exactly what they should: figures are exact on any machine."""

import asyncio
import selectors
import socket
import sys
from collections.abc import Callable, Coroutine, Sequence
from math import ceil
from types import SimpleNamespace
from typing import Any

import pytest

from bench.loadgen import Load, Request, get
from tests.unit.scripted_server import HELLO, answer

REQUEST = get((("virtual", 80),), "virtual", "/hello", body=HELLO)
MODULES = ("burst", "closed", "connection", "monitor", "open", "traffic")

Serve = Callable[[float], float]  # a request arrives at this moment, and is answered at that one


class OneAtATime:
    """First come, first served; `service` seconds each, and none is served during the stalls."""

    def __init__(self, service: float, stalls: Sequence[tuple[float, float]] = ()) -> None:
        self._service, self._stalls, self._free = service, stalls, 0.0

    def __call__(self, arrived: float) -> float:
        begin = max(arrived, self._free)
        begin = max([begin, *(end for start, end in self._stalls if start <= begin < end)])
        self._free = begin + self._service
        return self._free


def delay(seconds: float) -> Serve:
    """All at the same time, each of them so long."""
    return lambda arrived: arrived + seconds


def simulated(serve: Serve, load: Callable[[Request], Coroutine[Any, Any, Load]]) -> Load:
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner(loop_factory=lambda: _Loop(serve)) as runner:
        loop = runner.get_loop()
        for module in (sys.modules[f"bench.loadgen.{name}"] for name in MODULES):
            patch.setattr(module, "clock", loop.time)
            patch.setattr(module, "Timer", _Timer, raising=False)
        return runner.run(load(REQUEST))


def percentile(values: Sequence[float], percent: float) -> float:
    """By its definition: of the sorted values the first that so many percent do not exceed."""
    return sorted(values)[max(0, ceil(percent / 100 * len(values)) - 1)]


class _Selector(selectors.SelectSelector):
    """Nothing is waited for: time goes on to the next moment at which something is to happen."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("wanted the load to end, and nothing is left that could end it")
        self.now += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, serve: Serve) -> None:
        self._virtual, self._serve = _Selector(), serve
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]

    async def create_connection(self, protocol_factory: Any, *_: Any, **__: Any) -> Any:
        protocol = protocol_factory()
        transport = _Transport(self, protocol, self._serve)
        protocol.connection_made(transport)
        return transport, protocol


class _Transport(asyncio.Transport):
    def __init__(self, loop: _Loop, protocol: asyncio.Protocol, serve: Serve) -> None:
        super().__init__({"socket": SimpleNamespace(setsockopt=lambda *_: None)})
        self._loop, self._protocol, self._serve = loop, protocol, serve
        self._closing = False

    def write(self, _: Any) -> None:
        self._loop.call_at(self._serve(self._loop.time()), self._answer)

    def _answer(self) -> None:
        if not self._closing:
            self._protocol.data_received(answer(HELLO))

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()


class _Timer:
    def __init__(self, wake: Callable[[], None]) -> None:
        self._loop, self._wake = asyncio.get_running_loop(), wake
        self._next: asyncio.TimerHandle | None = None

    def at(self, moment: float) -> None:
        self.off()
        self._next = self._loop.call_at(moment, self._wake)

    def off(self) -> None:
        if self._next is not None:
            self._next.cancel()

    def close(self) -> None:
        self.off()
