"""The schema: the migrations make what the code expects, once, however many workers start."""

import fcntl
import sqlite3
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from rest import tables
from rest.migrate import migrate
from rest.settings import Settings
from tests.unit.databases import Lab, servers
from tests.unit.forkserver import CONTEXT


def settings_of(path: Path) -> Settings:
    return Settings.read({"DATABASE_URL": f"sqlite:///{path}"})


def engine_of(settings: Settings) -> Engine:
    return create_engine(settings.database_url.replace("+aiosqlite", ""))


def test_the_migrations_make_the_tables_that_the_code_uses(lab: Lab) -> None:
    engine = engine_of(lab.settings)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)
        names = {
            each: [index["name"] for index in inspect(connection).get_indexes(each)] for each in tables.metadata.tables
        }
    engine.dispose()
    assert differences == [], f"wanted migrations and rest/tables.py to agree, got {differences}"
    wanted = {table.name: {index.name for index in table.indexes} for table in tables.metadata.sorted_tables}
    assert {name: set(found) for name, found in names.items()} == wanted


def test_migrating_again_changes_nothing(lab: Lab) -> None:
    migrate(lab.settings)


def test_many_workers_start_at_once_and_one_migrates(server: Settings, tmp_path: Path) -> None:
    workers = 3
    with servers("sqlite" if server.on_sqlite else "postgres", tmp_path, migrated=False) as settings:
        with ProcessPoolExecutor(workers, mp_context=CONTEXT) as processes:
            list(processes.map(migrate, [settings] * workers, timeout=60))
        engine = engine_of(settings)
        with engine.connect() as connection:
            versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
        engine.dispose()
    assert len(versions) == 1, f"wanted one version in the database, got {versions}"


def test_who_migrates_waits_for_whoever_else_does(tmp_path: Path) -> None:
    settings, path = settings_of(tmp_path / "lab.db"), tmp_path / "lab.db.migrating"
    with path.open("w") as lock, ThreadPoolExecutor(1) as thread:
        fcntl.flock(lock, fcntl.LOCK_EX)
        migrating = thread.submit(migrate, settings)
        with pytest.raises(TimeoutError):
            migrating.result(timeout=0.5)
        fcntl.flock(lock, fcntl.LOCK_UN)
        migrating.result(timeout=60)


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_index(*_: Any, **__: Any) -> None:
        raise RuntimeError("no water")

    settings = settings_of(tmp_path / "lab.db")
    with monkeypatch.context() as patched:
        patched.setattr(op, "create_index", no_index)
        with pytest.raises(RuntimeError, match="no water"):
            migrate(settings)
    connection = sqlite3.connect(tmp_path / "lab.db")
    left = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert left == [], f"wanted no table of a failed migration, got {left}"
    migrate(settings)


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="names no file"):
        migrate(Settings.read({"DATABASE_URL": "sqlite://"}))
