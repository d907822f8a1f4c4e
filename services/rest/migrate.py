"""Brings the database to this code's schema: `python -m rest.migrate`, or migrate() at every worker's start.

However many start at once, one migrates while the others wait, and then find nothing left to do.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from rest.settings import Settings

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x5E4E41AB  # any number, the same in every replica: Postgres knows advisory locks by number


def migrate(settings: Settings) -> None:
    """Waits for another migration. Blocks: call it in a thread where an event loop runs."""
    begun = _begin_on_file if settings.on_sqlite else _begin_on_postgres
    with begun(settings.database_url) as connection:
        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


@contextmanager
def _begin_on_file(url: str) -> Iterator[Connection]:
    """A transaction under a lock beside the database: for SQLite's own no one waits beyond its timeout."""
    engine = create_engine(url.replace("+aiosqlite", ""), poolclass=NullPool, connect_args={"isolation_level": None})
    path = engine.url.database
    if not path:
        raise ValueError("DATABASE_URL names no file; a database in memory is not shared by the workers")
    with open(f"{path}.migrating", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go by closing, and by death
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")  # kept in the file: readers go on while one writes
            # By hand, because Python's driver begins none for DDL: a migration that is killed must leave nothing.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection


@contextmanager
def _begin_on_postgres(url: str) -> Iterator[Connection]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection


if __name__ == "__main__":
    migrate(Settings.read())
