"""Databases for the tests of the store: SQLite always, and Postgres where TEST_POSTGRES_URL names a server."""

import asyncio
import os
import shutil
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from rest.migrate import migrate
from rest.settings import Settings
from rest.store import Store
from rest.store.clock import Clock, now

POSTGRES = "TEST_POSTGRES_URL"  # of a database in which this role may create others
BACKENDS = ["sqlite", "postgres"] if os.environ.get(POSTGRES) else ["sqlite"]


@dataclass
class FakeClock:
    """A clock that advances only when set."""

    time: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def tick(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Lab:
    """A migrated, empty database, and a way to have a story happen on it."""

    settings: Settings
    clock: FakeClock = field(default_factory=FakeClock)

    def play[T](self, story: Callable[[Store], Awaitable[T]], clock: Clock = now) -> T:
        async def finish() -> T:
            store = Store.open(self.settings, clock)
            try:
                return await story(store)
            finally:
                await store.close()

        return asyncio.run(finish())

    def with_settings(self, **changes: object) -> Lab:
        return replace(self, settings=replace(self.settings, **changes))  # type: ignore[arg-type]


async def samples_of(store: Store, run_id: UUID) -> list[dict[str, Any]]:
    """All samples of the run."""
    return [row async for page in store.events.results(run_id) for row in page]


@contextmanager
def servers(backend: str, folder: Path, *, migrated: bool = True) -> Iterator[Settings]:
    """Settings of a new database."""
    with _urls(backend, folder) as url:
        settings = Settings.read({"DATABASE_URL": url})
        if migrated:
            migrate(settings)
        yield settings


@contextmanager
def _urls(backend: str, folder: Path) -> Iterator[str]:
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'template.db'}"
        return
    name = f"test_{uuid.uuid4().hex}"
    server = os.environ[POSTGRES]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def emptied(settings: Settings, folder: Path) -> Settings:
    """The same, empty: a copy of the file, or truncated tables."""
    if settings.on_sqlite:
        copy = folder / "lab.db"
        shutil.copy(file_of(settings), copy)
        return replace(settings, database_url=f"sqlite+aiosqlite:///{copy}")
    with psycopg.connect(server_of(settings)) as connection:
        connection.execute("TRUNCATE runs, idempotency CASCADE")
    return settings


def file_of(settings: Settings) -> str:
    return settings.database_url.removeprefix("sqlite+aiosqlite:///")


def server_of(settings: Settings) -> str:
    return settings.database_url.replace("+psycopg", "")
