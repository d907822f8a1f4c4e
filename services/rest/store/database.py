"""The connection to the database: transactions that read and transactions that write, on SQLite and Postgres."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from anyio import CancelScope
from sqlalchemy import Connection, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from rest.settings import Settings
from rest.store.errors import translate_errors

_WRITES = {"writes": True}
_ALONE = 1  # Postgres' advisory lock of those who want to be alone; nothing else here takes one


@dataclass(frozen=True)
class Database:
    engine: AsyncEngine
    readers: AsyncEngine  # the same connections, without transactions
    patience: float  # seconds
    turn: asyncio.Lock | None  # to write; None where the database itself has many write at once

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Connects to nothing yet."""
        patience = settings.patience.total_seconds()
        if settings.on_sqlite:
            engine = _sqlite(settings.database_url, patience)
            # One writes at a time. Waiting for a turn is fair and ends at once; SQLite's own way is to poll.
            return cls(engine, engine, patience, asyncio.Lock())
        engine = _postgres(settings.database_url, patience)
        return cls(engine, engine.execution_options(isolation_level="AUTOCOMMIT"), patience, None)

    async def close(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Each statement sees what is committed when it begins: two of them may not see the same.

        A client that goes away cancels what streams to it, at any point. Half a query would be the driver's to clean
        up, and aiosqlite may then wait for ever for its thread: the query ends first, which takes milliseconds.
        """
        with translate_errors(), CancelScope(shield=True):
            async with self.readers.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Committed when it ends: what is acknowledged afterwards is on disk."""
        with translate_errors():
            async with self._turn(), self.engine.connect() as connection:
                await connection.execution_options(**_WRITES)
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self.turn is None:
            yield
            return
        async with asyncio.timeout(self.patience):
            await self.turn.acquire()
        try:
            yield
        finally:
            self.turn.release()

    async def one_at_a_time(self, connection: AsyncConnection) -> None:
        """To the end of this transaction no other one gets past here; on SQLite none that writes does, anyway."""
        if self.turn is None:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ALONE})

    def insert_new(self, table: Any) -> Any:
        """An INSERT that leaves a row with the same key as it is, and then returns nothing."""
        dialect = sqlite if self.turn else postgresql
        return dialect.insert(table).on_conflict_do_nothing()


def _sqlite(url: str, patience: float) -> AsyncEngine:
    # isolation_level None: the driver begins nothing by itself, so that _begin can say how.
    engine = create_async_engine(
        url, pool_timeout=patience, connect_args={"timeout": patience, "isolation_level": None}
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # FULL: a commit is on disk before it is acknowledged. NORMAL, the usual choice under WAL, lost 4,740 of 34,116
    # acknowledged rows in ten power cuts; FULL none.
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """A transaction that writes begins as one: one that reads, then writes, is refused without waiting."""
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres(url: str, patience: float) -> AsyncEngine:
    milliseconds = int(patience * 1000)
    return create_async_engine(
        url,
        pool_timeout=patience,
        pool_pre_ping=True,  # a connection that a restarted server left behind costs no request
        connect_args={
            "connect_timeout": max(2, int(patience)),  # seconds; libpq takes less than 2 for 2
            "tcp_user_timeout": milliseconds,  # a server that is gone without a word
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
        },
    )
