"""Open loop: requests are sent when they are due, answered or not, as users who know nothing of each other do.

Latency counts from when a request was due. Counted from when it was sent, a generator that waits for a slow server
would leave out just the requests that suffer most (coordinated omission). Requests count by when they are due; after
the window their answers are waited for, up to the time-out.
"""

import asyncio
import itertools
from array import array
from collections import deque
from collections.abc import Iterable
from contextlib import closing

from bench.loadgen.clocks import clock, epoch
from bench.loadgen.connection import Connection
from bench.loadgen.exchange import Exchange
from bench.loadgen.monitor import CpuMeter
from bench.loadgen.request import Request
from bench.loadgen.result import CONNECTIONS, Load, Window
from bench.loadgen.schedule import Schedule
from bench.loadgen.timer import Timer
from bench.loadgen.traffic import OnExchange, Traffic

LEAD = 0.01  # seconds from here to the start: the first request is due in the future, too


async def open_loop(  # noqa: PLR0913 -- each is a condition of the measurement
    request: Request,
    schedule: Schedule,
    window: Window,
    timeout: float,
    connections: int = CONNECTIONS,
    on_exchange: OnExchange | None = None,
    *,
    identities: bool = True,
) -> Load:
    """The schedule covers the warm-up too; what of it lies behind the window is not sent."""
    users = OpenLoop(request, timeout, on_exchange, identities=identities)
    async with users.running():
        return await users.run(schedule, window, connections)


class OpenLoop(Traffic):
    async def run(self, schedule: Schedule, window: Window, connections: int) -> Load:
        load = self.load
        load.rate, load.seed, load.uncorrected = schedule.rate, schedule.seed, array("d")
        self._connections = connections
        self._idle: deque[Connection] = deque()
        self._waiting: deque[Exchange] = deque()
        self._unfinished: deque[Exchange] = deque()
        self._all_ended = asyncio.Event()
        self._next = 0
        self._due = array("d", itertools.takewhile(lambda due: due < window.warmup + window.seconds, schedule.due))
        self._left = len(self._due)
        self._start = clock() + LEAD
        self._begin = self._start + window.warmup
        self._end = self._begin + window.seconds
        await self._fire()
        load.started, load.seconds = epoch(self._begin), window.seconds
        return load

    async def _fire(self) -> None:
        with closing(Timer(self._wake)) as self._timer:
            self._wake()
            await asyncio.sleep(self._begin - clock())
            cpu = CpuMeter()
            await asyncio.sleep(self._end - clock())
            self.load.cpu = cpu.cores()
            if self._left:
                await self.finished(self._all_ended)

    def is_counted(self, exchange: Exchange) -> bool:
        return self._begin <= exchange.due < self._end

    def unfinished(self) -> Iterable[Exchange]:
        """They began in the order of this queue, so that they time out in it too."""
        queue = self._unfinished
        while queue and queue[0].ended is not None:
            queue.popleft()
        return queue

    def _wake(self) -> None:
        """Sends everything that is due by now: late, if it must be, but never left out."""
        due, start, count, now = self._due, self._start, len(self._due), clock()
        while self._next < count and start + due[self._next] <= now:
            exchange = Exchange(start + due[self._next])
            self._next += 1
            self._unfinished.append(exchange)
            self._launch(exchange)
        if self._next < count:
            self._timer.at(start + due[self._next])
        else:
            self._timer.off()

    def _launch(self, exchange: Exchange) -> None:
        now = clock()
        if self._begin <= exchange.due < self._end:
            self.load.lateness.append((now - exchange.due) * 1000)
        while self._idle:
            connection = self._idle.popleft()
            if connection.alive:
                connection.send(exchange, now)
                return
        if self.places < self._connections:
            self.dial(exchange)
        else:
            self._waiting.append(exchange)
            if self.is_counted(exchange):
                self.load.queued += 1

    def connection_ready(self, connection: Connection, exchange: Exchange) -> None:
        connection.send(exchange, clock())

    def exchange_ended(self, connection: Connection | None, _: Exchange) -> None:
        self._left -= 1
        if connection is not None and connection.alive:
            self._reuse(connection)
        if not self._left:
            self._all_ended.set()

    def _reuse(self, connection: Connection) -> None:
        """For the request that waits longest; else the connection waits behind those that have been idle longer."""
        exchange = self._next_waiting()
        if exchange is None:
            self._idle.append(connection)
        else:
            connection.send(exchange, clock())

    def _next_waiting(self) -> Exchange | None:
        while self._waiting:
            exchange = self._waiting.popleft()
            if exchange.ended is None:
                return exchange
        return None

    def connection_freed(self) -> None:
        if self.places >= self._connections:
            return  # a request that was sent again has taken the place
        exchange = self._next_waiting()
        if exchange is not None:
            self.dial(exchange)
