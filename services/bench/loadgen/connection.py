"""One HTTP/1.1 connection with one request at a time: no pipelining, which no browser and no proxy does."""

import asyncio
import re
import socket
from typing import Protocol, cast

from httptools import HttpParserError, HttpResponseParser

from bench.loadgen.clocks import clock
from bench.loadgen.exchange import Exchange

MEBIBYTE = 1024 * 1024
# Of an answer whose body is kept until it is complete, for up to 1,024 at a time: /mix sends 1 MiB.
LARGEST_KEPT = 2 * MEBIBYTE
LARGEST = 64 * MEBIBYTE  # of any other, which is only counted; as large as an upload may be

SURPLUS = "data after the response"

_LENGTH = re.compile(rb"\r\ncontent-length\s*:[ \t]*([0-9]{1,15})", re.IGNORECASE)
_FRAMED = re.compile(rb"\r\n(?:content-length|transfer-encoding)\s*:", re.IGNORECASE)


class Owner(Protocol):
    """A load, as far as its connections know of it: what they send and keep, and what they report."""

    payload: bytes
    reads_body: bool
    keeps_heads: bool
    keeps_alive: bool

    def fault(self, status: int, body: bytes, /) -> str | None: ...

    def dial(self, exchange: Exchange, /) -> None: ...

    def connected(self, connection: Connection, /) -> None: ...

    def disconnected(self, connection: Connection, /) -> None: ...

    def finish(self, connection: Connection | None, exchange: Exchange, /) -> None: ...


class Connection(asyncio.Protocol):
    """As few callbacks as will do: each costs as much as the parsing of a whole header."""

    __slots__ = (
        "_head",
        "_keep_alive",
        "_limit",
        "_parser",
        "_parts",
        "_size",
        "_status",
        "_surplus",
        "_traffic",
        "_transport",
        "alive",
        "counted",
        "dialling",
        "exchange",
        "made",
        "number",
        "on_body",
        "served",
    )

    def __init__(self, traffic: Owner, number: int, exchange: Exchange) -> None:
        """`exchange` is the first that it will carry, and what it is opened for: it ends if that times out before."""
        self._traffic = traffic
        self.number = number
        self.exchange: Exchange | None = None
        self._assign(exchange)
        self.dialling: asyncio.Task[None] | None = None  # while it is being made
        self.made: float | None = None  # by `clock`; None also of one that is made when it is no longer needed
        self.alive = False
        self.served = 0  # answers of this connection; only one that has served may be found closed by its server
        self.counted = 0  # those among them that a load counts
        self._parts: list[bytes] = []
        if traffic.reads_body:
            self.on_body = self._parts.append
        elif traffic.keeps_heads:
            self.on_body = self._keep_beginning
        self._limit = LARGEST_KEPT if traffic.reads_body else LARGEST
        self._reset()
        self._parser = HttpResponseParser(self)

    # --- asyncio's side -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.dialling, self.alive = None, True
        self._traffic.connected(self)

    def data_received(self, data: bytes) -> None:
        now = clock()  # before parsing, which is our time and not the server's
        if self.exchange is None:
            self.close()  # an answer to nothing
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self._fail(now, SURPLUS if self._status else "not HTTP")
            return
        if self._status and not self._traffic.keeps_heads:
            self._complete(now)
        else:
            self._continue(data, now)

    def eof_received(self) -> None:
        exchange, now = self.exchange, clock()
        if exchange is not None and self._is_close_delimited():
            self._status, self._keep_alive = self._parser.get_status_code(), False
            self._complete(now)
        self._lost(now, "closed")

    def connection_lost(self, problem: Exception | None) -> None:
        self._lost(clock(), "closed" if problem is None else "reset")
        del self._parser  # which knows this object, as this object knows it: the garbage collector is off under load
        self._traffic.disconnected(self)

    # --- the parser's side -----------------------------------------------------------------------------

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # 103 and its like come before the answer
            self._parts.clear()
            return
        self._surplus = self._status != 0
        self._status = status
        self._keep_alive = self._traffic.keeps_alive and self._parser.should_keep_alive()

    def _keep_beginning(self, part: bytes) -> None:
        """Of a body that nothing depends on: enough to explain a response that was not expected."""
        if not self._parts:
            self._parts.append(part)

    # --- our side ---------------------------------------------------------------------------------------

    def send(self, exchange: Exchange, now: float) -> None:
        """uvloop writes to the socket before it returns, so that `now` is when the request left."""
        self._assign(exchange)
        if exchange.sent is None:  # sent again, it still counts from the first time
            exchange.sent = now
        self._transport.write(self._traffic.payload)

    def close(self) -> None:
        self.alive = False
        self._transport.close()

    def abort(self) -> None:
        """Also one that is not made yet. What it carries is forgotten."""
        self.alive = False
        self.release()
        if self.dialling is not None:
            self.dialling.cancel()
        else:
            self._transport.abort()

    def release(self) -> Exchange | None:
        """What it carries, which it then no longer does: from here on its end belongs to no exchange."""
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.carrier = None
        return exchange

    def _assign(self, exchange: Exchange) -> None:
        self.exchange, exchange.carrier = exchange, self
        exchange.connection = self.number

    def _reset(self) -> None:
        self._parts.clear()
        self._status = 0
        self._keep_alive = True
        self._surplus = False
        self._head = b""
        self._size = 0

    def _continue(self, data: bytes, now: float) -> None:
        """The answer goes on, or its head is wanted. That is also kept for where only the connection's end ends it."""
        if b"\r\n\r\n" not in self._head:
            self._head += data
        self._size += len(data)
        if self._status:
            self._complete(now)
        elif self._size > self._limit:
            self._fail(now, self._too_large())

    def _too_large(self) -> str:
        """Rounded: each other text would be a kind of error of its own."""
        announced = _LENGTH.search(self._head.partition(b"\r\n\r\n")[0])
        size = f" of {-(-int(announced[1]) // MEBIBYTE)} MiB" if announced else ""
        return f"response{size} above the limit of {self._limit // MEBIBYTE} MiB"

    def _is_close_delimited(self) -> bool:
        head, complete, _ = self._head.partition(b"\r\n\r\n")
        return bool(complete) and _FRAMED.search(head) is None

    def _complete(self, now: float) -> None:
        """The hot path: an answer that came in one piece gets here with nothing else done."""
        exchange = self.release()
        assert exchange is not None
        parts = self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        exchange.status = status = self._status
        exchange.error = SURPLUS if self._surplus else self._traffic.fault(status, body)
        exchange.received = now
        exchange.body = body
        if self._traffic.keeps_heads:
            exchange.head = self._head.partition(b"\r\n\r\n")[0]
        self.served += 1
        if not self._keep_alive or self._surplus:
            self.close()
        self._reset()
        self._finish(exchange, now)

    def _fail(self, now: float, error: str) -> None:
        """This answer, and with it the connection, came to nothing."""
        exchange = self.release()
        self.abort()
        if exchange is not None:
            exchange.error = error
            self._finish(exchange, now)

    def _lost(self, now: float, error: str) -> None:
        self.alive = False
        exchange = self.release()
        if exchange is None:
            return
        if self.served and not self._head:
            # The server had closed a connection that both had kept open, before it saw this request: every client
            # sends it again (RFC 9110, 9.2.2), and so does this one, on a connection that has served no request: once.
            # Its time runs on.
            exchange.resent = True
            self._traffic.dial(exchange)
            return
        exchange.error = error
        self._finish(exchange, now)

    def _finish(self, exchange: Exchange, now: float) -> None:
        exchange.ended = now
        self._traffic.finish(self, exchange)
