"""Connections that take long to come about, or never do: each request ends once, and no client comes of it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import Any

import uvloop

from bench.loadgen import Exchange, Request, Window, burst, closed_loop, constant, open_loop
from tests.unit.scripted_server import never, scripted

TIMEOUT = 0.06  # seconds
LATE = 0.1  # seconds that a connection takes: longer than its request waits, shorter than the load lasts
WINDOW = Window(0, 0.35)
CLIENTS = 2

Start = Callable[[Request, Callable[[Exchange], object]], Awaitable[object]]


class SlowToConnect(uvloop.Loop):
    """Every other connection is as late as to a server whose backlog was full, and cannot be called off."""

    def __init__(self) -> None:
        super().__init__()
        self._late = cycle([True, False])

    async def create_connection(self, *args: Any, **kwargs: Any) -> Any:
        return await asyncio.shield(self.create_task(self._connect(*args, **kwargs)))

    async def _connect(self, *args: Any, **kwargs: Any) -> Any:
        if next(self._late):
            await asyncio.sleep(LATE)
        return await super().create_connection(*args, **kwargs)


LOADS: dict[str, Start] = {
    "burst": lambda request, each: burst(request, CLIENTS, TIMEOUT, each),
    "closed loop": lambda request, each: closed_loop(request, CLIENTS, WINDOW, TIMEOUT, on_exchange=each),
    "open loop": lambda request, each: open_loop(request, constant(50, 0.35), WINDOW, TIMEOUT, on_exchange=each),
}


def test_a_connection_that_comes_after_its_request_has_timed_out_serves_nobody() -> None:
    """Its request would be counted twice, and a closed loop would have a client more each time."""

    async def run(start: Start) -> tuple[list[Exchange], int]:
        ended: list[Exchange] = []
        async with scripted(never) as server:
            await start(server.request(), ended.append)
            await asyncio.sleep(LATE)  # those still connecting arrive, to no one
            return ended, server.requests

    for name, start in LOADS.items():
        with asyncio.Runner(loop_factory=SlowToConnect) as runner:
            ended, requests = runner.run(run(start))
        assert ended, name
        assert len(set(map(id, ended))) == len(ended), f"{name}: wanted each to end once, got {len(ended)}"
        assert Counter(each.error for each in ended) == {"timeout": len(ended)}, f"{name}: wanted time-outs alone"
        assert requests == sum(each.sent is not None for each in ended), f"{name}: the server had {requests} requests"
        if name == "closed loop":
            rounds = WINDOW.seconds / TIMEOUT + 1
            assert len(ended) <= CLIENTS * rounds, f"wanted {CLIENTS} clients, got {len(ended)} requests"
