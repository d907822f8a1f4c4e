"""This process's pool of connections to the database that /db queries, as a user of psycopg sets one up.

Opened at its first use: not every lab has the database, and what is not used should cost no memory.
"""

from __future__ import annotations  # a slot's free-threaded interpreter may be 3.13, which evaluates them at once

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from contender.problem import Problem

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection
    from psycopg_pool import AsyncConnectionPool, ConnectionPool

URL = os.environ.get("DB_URL", "postgresql://lab:lab@db/lab")
SIZE = int(os.environ.get("DB_POOL", "10"))  # connections at most
# Seconds that a request waits for a connection, default 30: half of what the bench waits for an answer.
WAIT = 5.0
ATTEMPTS = 2  # in that time, of which the second may be on another pool
# Seconds for a connection to be made, and for what is sent on one to arrive: a database that has moved leaves an
# address without a response.
CONNECT = 2
# Seconds for which the pool tries again to connect before the next request has to, default 300: its pauses double, and
# after five minutes without a database it would find it again only after as many.
RECONNECT = 5.0

_HOST, _PORT = urlsplit(URL).hostname or "db", urlsplit(URL).port or 5432
_in_use = 0  # connections of the pool
_opening = Lock()
_opening_async = asyncio.Lock()
_pool: ConnectionPool[Connection] | None = None
_async_pool: AsyncConnectionPool[AsyncConnection] | None = None


class Query:
    """What one request used: the wait for a connection, and the queries on it."""

    def __init__(self) -> None:
        self._requested = self._connected = self._ended = time.perf_counter()

    @contextmanager
    def connected(self) -> Iterator[None]:
        global _in_use  # noqa: PLW0603
        self._connected = time.perf_counter()
        _in_use += 1
        try:
            yield
        finally:
            _in_use -= 1
            self._ended = time.perf_counter()

    def times(self) -> dict[str, float]:
        """In milliseconds."""
        return {
            "db_wait_ms": round(1000 * (self._connected - self._requested), 3),
            "db_ms": round(1000 * (self._ended - self._connected), 3),
        }


@contextmanager
def connection() -> Iterator[tuple[Connection, Query]]:
    """One of the pool's, for the calling thread or greenlet. Raises Problem 503."""
    query = Query()
    _open()
    from psycopg import OperationalError  # noqa: PLC0415 see above

    with ExitStack() as held:
        for _ in range(ATTEMPTS):
            pool = _open()
            try:
                connected = held.enter_context(pool.connection(timeout=WAIT / ATTEMPTS))
                break
            except OperationalError:  # the pool's: none in time, or another request has given up this pool
                if not _in_use:
                    _forget(pool)
        else:
            raise _no_connection() from None
        try:
            with query.connected():
                yield connected, query
        except OperationalError as error:
            raise _lost(error) from None


@asynccontextmanager
async def connection_async() -> AsyncIterator[tuple[AsyncConnection, Query]]:
    """The same for an event loop, which serves others while this request waits."""
    query = Query()
    await _open_async()
    from psycopg import OperationalError  # noqa: PLC0415

    async with AsyncExitStack() as held:
        for _ in range(ATTEMPTS):
            pool = await _open_async()
            try:
                connected = await held.enter_async_context(pool.connection(timeout=WAIT / ATTEMPTS))
                break
            except OperationalError:  # the pool's: none in time, or another request has given up this pool
                if not _in_use:
                    await _forget_async(pool)
        else:
            raise _no_connection() from None
        try:
            with query.connected():
                yield connected, query
        except OperationalError as error:
            raise _lost(error) from None


def execute_blocking(connected: Connection | AsyncConnection, ms: float) -> None:
    """Sleeps in the database by libpq's PQexec, which waits in C, as drivers such as psycopg2 do.

    Raises psycopg.OperationalError.
    """
    from psycopg import OperationalError  # noqa: PLC0415

    result = connected.pgconn.exec_(f"SELECT pg_sleep({ms / 1000})".encode())
    if result.error_message:
        raise OperationalError(result.error_message.decode(errors="replace"))


# --- opening ----------------------------------------------------------------------------------------


def _open() -> ConnectionPool[Connection]:
    global _pool  # noqa: PLW0603 one a process
    if _pool is None:
        try:
            socket.getaddrinfo(_HOST, _PORT)
        except socket.gaierror:
            raise _absent() from None
        from psycopg_pool import ConnectionPool  # noqa: PLC0415 see above

        with _opening:
            _pool = _pool or ConnectionPool(URL, open=True, check=ConnectionPool.check_connection, **_settings())
    return _pool


async def _open_async() -> AsyncConnectionPool[AsyncConnection]:
    global _async_pool  # noqa: PLW0603 one a process
    if _async_pool is None:
        try:
            await asyncio.get_running_loop().getaddrinfo(_HOST, _PORT)
        except socket.gaierror:
            raise _absent() from None
        from psycopg_pool import AsyncConnectionPool  # noqa: PLC0415 see above

        async with _opening_async:
            if _async_pool is None:
                made: AsyncConnectionPool[AsyncConnection] = AsyncConnectionPool(
                    URL, open=False, check=AsyncConnectionPool.check_connection, **_settings()
                )
                await made.open()
                _async_pool = made
    return _async_pool


# A pool without a connection in all that time is given up: while its database is away, the next request fails at
# once, and once it is back a new pool finds it. One of psycopg-pool 3.3.3 was seen to make no more attempts.


def _forget(pool: ConnectionPool[Connection]) -> None:
    global _pool  # noqa: PLW0603
    if _pool is pool:
        _pool = None
        Thread(target=pool.close, args=[WAIT], daemon=True).start()  # which waits for the pool's own threads


async def _forget_async(pool: AsyncConnectionPool[AsyncConnection]) -> None:
    global _async_pool  # noqa: PLW0603
    if _async_pool is pool:
        _async_pool = None
        await pool.close(timeout=0)


def _settings() -> dict[str, Any]:
    """Of either pool. Each connection is made when a request first needs it; the default is four at once.

    Beside these it has `check`: an empty query before each use, so that after a restart of the database no request
    finds a connection that has died meanwhile.
    """
    logging.getLogger("psycopg.pool").addHandler(_log)
    options = {"autocommit": True, "connect_timeout": CONNECT, "tcp_user_timeout": 1000 * CONNECT}
    return {"kwargs": options, "min_size": 0, "max_size": SIZE, "reconnect_timeout": RECONNECT}


class _Log(logging.StreamHandler[Any]):
    """Where the pool logs why it could not connect, and nowhere else: kept for the refusals, and logged as before."""

    reason = ""
    at = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info is None and str(record.msg).startswith("error connecting"):
            self.reason, self.at = _line(record.getMessage()), time.monotonic()
        super().emit(record)

    def lately(self) -> str:
        """Why it could not connect while a request waited; empty where it could."""
        return self.reason if time.monotonic() - self.at <= WAIT + 1 else ""


_log = _Log()


# --- refusals ---------------------------------------------------------------------------------------

_SOON = {"Retry-After": "1"}


def _absent() -> Problem:
    return Problem(503, f"No database at {_HOST}; start it: `COMPOSE_PROFILES=postgres scripts/up`.", _SOON)


def _no_connection() -> Problem:
    if _in_use < SIZE:
        reason = _log.lately() or "still trying to connect"
        return Problem(503, f"No connection to the database within {WAIT:g} s: {reason}", _SOON)
    detail = f"All {SIZE} connections of this process's pool were in use for {WAIT:g} s; raise DB_POOL or cut load."
    return Problem(503, detail, _SOON)


def _lost(error: Exception) -> Problem:
    return Problem(503, f"The database closed the connection ({_line(str(error))}); the pool reconnects.", _SOON)


def _line(text: str) -> str:
    """The last line of an error, which has the server's message."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
