"""What every kind of load is made of: connections that are opened, requests that end, and time-outs."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import cycle

from bench.loadgen.attribution import Workers
from bench.loadgen.clocks import clock
from bench.loadgen.connection import Connection
from bench.loadgen.descriptors import allow_descriptors
from bench.loadgen.exchange import Exchange
from bench.loadgen.gc_pause import pause_gc
from bench.loadgen.request import Request
from bench.loadgen.resolver import Address, resolve
from bench.loadgen.result import Load

OnExchange = Callable[[Exchange], object]

SCANS = 40  # scans per timeout: it is noticed at most 2.5 % late
GRACE = 5.0  # seconds above all time-outs before a load that does not end is given up
SHORTEST_SCAN = 0.005  # seconds between two; below that they would be a load themselves


class Traffic:
    """Subclasses say what is sent when, what happens after an exchange, and which exchanges are not over yet."""

    def __init__(
        self, request: Request, timeout: float, on_exchange: OnExchange | None = None, *, identities: bool = True
    ) -> None:
        """`identities`: counts answers by worker process, where they carry its identity; `timeout` in seconds."""
        self.payload = request.payload
        self.keeps_heads = False  # of answers: each costs about a tenth of a request's time
        self.fault = request.fault
        self.reads_body = request.reads_body
        self.keeps_alive = not request.closes
        self.load = Load()
        self._request = request
        self._timeout = timeout
        self._on_exchange = on_exchange
        self._workers = Workers() if identities and request.service is not None else None
        self._loop = asyncio.get_running_loop()
        self._begin = self._end = float("inf")  # of the measured window, by `clock`
        self.places = 0  # taken, by connections and attempts at one
        self._open: set[Connection] = set()
        self._dialling: set[Connection] = set()
        self._numbers = 0
        self._over = False
        self._all_gone = asyncio.Event()
        self._addresses: Iterator[Address] = iter(())

    # --- for subclasses ---------------------------------------------------------------------------------

    def connection_ready(self, connection: Connection, exchange: Exchange, /) -> None:
        """A new connection, which carries what it was opened for."""
        raise NotImplementedError

    def exchange_ended(self, connection: Connection | None, exchange: Exchange, /) -> None:
        """An exchange is over and counted; its connection, if any, may be alive."""
        raise NotImplementedError

    def connection_freed(self) -> None:
        """A connection less: there is room for another."""

    def share_inside(self, _: float, ended: float, /) -> float:
        """How much of an answer belongs to the window, due when, and come when: all or nothing."""
        return self._begin <= ended < self._end

    def starved(self, _: Connection, /) -> bool:
        """Whether a connection without answers waited for one, and counts for fairness."""
        return False

    def unfinished(self) -> Iterable[Exchange]:
        """All that is not over, and possibly some that is."""
        raise NotImplementedError

    def is_counted(self, exchange: Exchange, /) -> bool:
        """Whether it belongs to the measured window."""
        raise NotImplementedError

    # --- connections ------------------------------------------------------------------------------------

    def dial(self, exchange: Exchange) -> None:
        """Opens a connection for this exchange."""
        if self._over:
            return
        connection = Connection(self, self._numbers, exchange)
        self._numbers += 1
        self.places += 1
        self._dialling.add(connection)
        connection.dialling = self._loop.create_task(self._dial(connection))

    async def _dial(self, connection: Connection) -> None:
        """Cancelled when its exchange times out first: a user who gives up takes his connection with him."""
        try:
            address = next(self._addresses, None)
            if address is None:
                raise socket.gaierror
            await self._loop.create_connection(lambda: connection, *address)
        except OSError as problem:
            exchange = connection.release()
            if exchange is not None:
                self.fail(exchange, _kind(problem))
        finally:
            self._dialling.discard(connection)
            if connection.made is None:
                self._free_place()

    def connected(self, connection: Connection) -> None:
        """It may be late: its time-out may have come since the kernel made it, and the end of the load."""
        exchange = connection.exchange
        if self._over or exchange is None:
            connection.abort()  # uvloop does not say `connection_lost` of it: to `_dial` it was never made
            return
        connection.made = clock()
        self.load.opened += 1
        self._open.add(connection)
        self._all_gone.clear()
        self.connection_ready(connection, exchange)

    def disconnected(self, connection: Connection) -> None:
        if connection.made is None:
            return
        self._open.discard(connection)
        if connection.counted or self.starved(connection):
            self.load.connections.append(connection.counted)
        if not self._open:
            self._all_gone.set()
        self._free_place()

    def _free_place(self) -> None:
        self.places -= 1
        if not self._over:
            self.connection_freed()

    # --- exchanges --------------------------------------------------------------------------------------

    def fail(self, exchange: Exchange, error: str) -> None:
        """It ends without a connection's doing."""
        if exchange.ended is None:
            exchange.error = error
            exchange.ended = clock()
            self.finish(None, exchange)

    def finish(self, connection: Connection | None, exchange: Exchange) -> None:
        self.load.completed += 1
        ended = exchange.ended
        assert ended is not None
        if exchange.error is None:
            self.load.answered += self.share_inside(exchange.due, ended)
        if self.is_counted(exchange):
            self._record(connection, exchange)
        if self._on_exchange is not None:
            self._on_exchange(exchange)
        self.exchange_ended(connection, exchange)

    def _record(self, connection: Connection | None, exchange: Exchange) -> None:
        load, ended, sent = self.load, exchange.ended, exchange.sent
        assert ended is not None
        load.intended += 1
        load.reconnects += exchange.resent
        if sent is not None:
            load.sent += 1
        if exchange.error is None:
            load.requests += 1
        elif exchange.error == "timeout":
            load.timeouts += 1
        else:
            load.errors[exchange.error] += 1
            return
        load.latencies.append((ended - exchange.due) * 1000)
        if load.uncorrected is not None and sent is not None:
            load.uncorrected.append((ended - sent) * 1000)
        if exchange.error is None and connection is not None:
            connection.counted += 1
            if self._workers is not None and exchange.body is not None:
                self._workers.count(exchange.body)

    # --- the life of a load -----------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Names are resolved before, time-outs found meanwhile, and no connection is left behind."""
        allow_descriptors()
        self._addresses = cycle(await resolve(self._request.addresses))
        scan = self._loop.create_task(self._expire())
        try:
            with pause_gc():
                yield
        finally:
            scan.cancel()
            await self._close_all()
            if self._workers is not None:
                self.load.workers = self._workers.answers()

    async def finished(self, ended: asyncio.Event) -> None:
        """All exchanges end, at the latest by their time-out; one that did not would be a mistake of ours.

        Raises TimeoutError then: a run that fails is better than one that never ends.
        """
        async with asyncio.timeout(2 * self._timeout + GRACE):  # twice: a race connects first, and then sends
            await ended.wait()

    async def _expire(self) -> None:
        """A timer for each request would cost more than the request; they are looked through now and then."""
        while True:
            await asyncio.sleep(max(self._timeout / SCANS, SHORTEST_SCAN))
            oldest = clock() - self._timeout
            for exchange in [each for each in self.unfinished() if each.ended is None and each.due <= oldest]:
                if exchange.carrier is not None:
                    exchange.carrier.abort()
                self.fail(exchange, "timeout")

    async def _close_all(self) -> None:
        self._over = True
        # One whose connection is made ends by itself: to cancel it would lose `connection_lost`, with uvloop.
        attempts = [each.dialling for each in self._dialling if each.dialling is not None]
        for attempt in attempts:
            attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)
        for connection in list(self._open):
            connection.release()
            connection.close()
        if self._open:
            await self._all_gone.wait()


def _kind(problem: OSError) -> str:
    """Of a connection that did not come about; the last two are the generator's own shortage."""
    match problem:
        case ConnectionRefusedError():
            return "refused"
        case ConnectionResetError():
            return "reset"
        case socket.gaierror():
            return "no address"
        case OSError(errno=errno.EADDRNOTAVAIL):
            return "no local port"
        case OSError(errno=errno.EMFILE):
            return "no file descriptor"
        case _:
            return "unreachable"
