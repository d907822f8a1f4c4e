"""Closed loop: so many virtual users, each of which sends its next request when it has its answer.

A slow server slows this load down, and so hides what its users would have felt: use it for throughput, and the open
loop for latency. Requests count by when they end, and in throughput by the share of their time inside the window. Those
that were sent inside and never answered count too, as time-outs.
"""

import asyncio
import contextlib
from collections.abc import Iterable

from bench.loadgen.clocks import clock, epoch
from bench.loadgen.connection import Connection
from bench.loadgen.exchange import Exchange
from bench.loadgen.monitor import CpuMeter, recording_lag
from bench.loadgen.request import Request
from bench.loadgen.result import Load, Window
from bench.loadgen.traffic import OnExchange, Traffic

POLL = 0.05  # seconds between looks whether the queue has grown to its full length
BACKOFF = 0.01  # seconds before a client tries again that was refused or cut off: hammering would measure the hammer


async def closed_loop(  # noqa: PLR0913 -- each is a condition of the measurement
    request: Request,
    concurrency: int,
    window: Window,
    timeout: float,
    until: asyncio.Event | None = None,
    *,
    on_exchange: OnExchange | None = None,
    identities: bool = True,
) -> Load:
    """Ends after the window, or with `until` if that comes before (or alone: seconds=inf)."""
    clients = ClosedLoop(request, timeout, on_exchange, identities=identities)
    async with clients.running():
        return await clients.run(concurrency, window, until or asyncio.Event())


class ClosedLoop(Traffic):
    _stopping = False

    async def run(self, concurrency: int, window: Window, until: asyncio.Event) -> Load:
        load = self.load
        load.concurrency = concurrency
        self._in_flight: set[Exchange] = set()
        self._drained = asyncio.Event()
        for _ in range(concurrency):
            self._start()
        await _wait(until, window.warmup)
        # Until each client has had an answer, the queue at the server grows; a time-out is an answer, too. Without a
        # warm-up everything counts from the first request.
        while window.warmup and load.completed < concurrency and not until.is_set():
            await _wait(until, POLL)
        self._begin, cpu = clock(), CpuMeter()
        with recording_lag(load.lateness):
            await _wait(until, window.seconds)
        self._end, load.cpu = clock(), cpu.cores()
        load.started, load.seconds = epoch(self._begin), self._end - self._begin
        self._stopping = True
        if self._in_flight:
            await self.finished(self._drained)  # cutting them off would leave the server working for no client
        return load

    def is_counted(self, exchange: Exchange) -> bool:
        ended = exchange.ended
        assert ended is not None
        return self._begin <= ended < self._end or (exchange.error == "timeout" and self._begin <= ended)

    def share_inside(self, due: float, ended: float) -> float:
        """By the share of its time: clients that all wait equally long come and go together, and a round of them at the
        edge, counted whole or not at all, would be a large part of the few that a window has."""
        if due >= self._begin and ended < self._end:
            return 1.0
        within = min(ended, self._end) - max(due, self._begin)
        return max(0.0, within / (ended - due)) if ended > due else 0.0

    def starved(self, connection: Connection) -> bool:
        """A client that waited for all of the window."""
        return connection.made is not None and connection.made <= self._begin and clock() >= self._end

    def unfinished(self) -> Iterable[Exchange]:
        return self._in_flight

    def connection_ready(self, connection: Connection, exchange: Exchange) -> None:
        connection.send(exchange, clock())

    def exchange_ended(self, connection: Connection | None, exchange: Exchange) -> None:
        self._in_flight.discard(exchange)
        if self._stopping:
            if not self._in_flight:
                self._drained.set()
        elif connection is not None and connection.alive:
            now = clock()
            following = Exchange(now)
            self._in_flight.add(following)
            connection.send(following, now)
        elif exchange.error is None:
            self._start()
        else:
            self._loop.call_later(BACKOFF, self._start)

    def _start(self) -> None:
        """Of a client that has no connection: to open one is part of what its user waits for."""
        if not self._stopping:
            exchange = Exchange(clock())
            self._in_flight.add(exchange)
            self.dial(exchange)


async def _wait(until: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), None if seconds == float("inf") else seconds)
