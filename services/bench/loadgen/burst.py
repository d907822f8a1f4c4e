"""Requests that are sent at one moment: what a race shows one by one."""

import asyncio
from collections.abc import Callable, Iterable

from bench.loadgen.clocks import clock
from bench.loadgen.connection import Connection
from bench.loadgen.exchange import Exchange
from bench.loadgen.request import Request
from bench.loadgen.traffic import OnExchange, Traffic

NUMBER = b"{n}"  # in a path: the number of the connection, so that no two requests are for the same

Sent = Callable[[float], object]


async def burst(
    request: Request, count: int, timeout: float, on_exchange: OnExchange | None = None, sent: Sent | None = None
) -> list[Exchange]:
    """In the order of sending. Each row has what the server did: no connection, no response, a wrong one.

    `sent` is called once, with the moment (by `clock`), when all that can be sent is on its way.
    """
    race = Burst(request, timeout, on_exchange)
    async with race.running():
        return await race.run(count, sent)


class Burst(Traffic):
    async def run(self, count: int, sent: Sent | None = None) -> list[Exchange]:
        self._sent = sent
        self.keeps_heads = True  # which say who served each
        self._rows = [Exchange(clock()) for _ in range(count)]
        self._ready: list[Connection] = []
        self._connecting = set(self._rows)
        self._left = count
        self._all_ended = asyncio.Event()
        for row in self._rows:
            self.dial(row)
        await self.finished(self._all_ended)
        return self._rows

    def is_counted(self, _: Exchange) -> bool:
        return False  # rows, not figures

    def unfinished(self) -> Iterable[Exchange]:
        """Those that wait for the others to be connected do not time out meanwhile."""
        return list(self._connecting) if self._connecting else self._rows

    def connection_ready(self, connection: Connection, exchange: Exchange) -> None:
        self._ready.append(connection)
        self._line_up(exchange)

    def exchange_ended(self, connection: Connection | None, exchange: Exchange) -> None:
        if connection is not None and connection.alive:
            connection.close()
        self._line_up(exchange)
        self._left -= 1
        if not self._left:
            self._all_ended.set()

    def _line_up(self, exchange: Exchange) -> None:
        """It is connected, or never will be; with the last of them all are sent."""
        if exchange in self._connecting:
            self._connecting.remove(exchange)
            if not self._connecting:
                self._send()

    def _send(self) -> None:
        due = clock()
        for connection in self._ready:
            exchange = connection.exchange
            if exchange is not None:  # the server has not hung up already
                exchange.due = due
                self.payload = numbered(self._request.payload, exchange.connection)
                connection.send(exchange, clock())
        if self._sent is not None:
            self._sent(due)


def numbered(payload: bytes, number: int | None) -> bytes:
    """With `number` in its first line, where that has a place for it."""
    line, rest = payload[: (end := payload.index(b"\r\n"))], payload[end:]
    return line.replace(NUMBER, b"%d" % (number or 0)) + rest if NUMBER in line else payload
