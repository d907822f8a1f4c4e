"""A database that is locked, down or full is reported as just that, soon, and nothing of its driver gets out."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from rest.models import Filters, RunPatch, new_run
from rest.settings import Settings
from rest.store import Store
from rest.store.errors import StorageFull, StoreError, Unavailable
from tests.unit.databases import Lab, file_of, server_of

RACE = new_run({"experiment": "race"})
SOON = timedelta(seconds=0.2)


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """Somebody else is in the middle of writing, and does not end."""
    if settings.on_sqlite:
        other = sqlite3.connect(file_of(settings), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
        return
    with psycopg.connect(server_of(settings)) as connection:
        connection.execute("LOCK TABLE runs IN SHARE ROW EXCLUSIVE MODE")
        yield
        connection.rollback()


def test_a_locked_database_is_unavailable_for_writing_and_still_read(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run = (await store.runs.create(RACE)).run
        with locked(lab.settings):
            for writing in (
                store.runs.create(RACE),
                store.runs.create(RACE, "key"),
                store.runs.patch(run.id, RunPatch(note="x"), None),
                store.runs.delete(run.id),
                store.leases.claim("runner"),
            ):
                with pytest.raises(Unavailable):
                    await writing
            assert (await store.runs.get(run.id))[0] == run
        assert (await store.runs.create(RACE, "key")).created, "wanted writing to go on as soon as it can"

    lab.with_settings(patience=SOON).play(story)


def test_all_who_wait_for_a_locked_database_wait_at_the_same_time(lab: Lab) -> None:
    async def story(store: Store) -> float:
        began = asyncio.get_running_loop().time()
        with locked(lab.settings):
            got = await asyncio.gather(*(store.runs.create(RACE) for _ in range(30)), return_exceptions=True)
        assert {type(each) for each in got} == {Unavailable}, f"wanted all unavailable, got {got}"
        return asyncio.get_running_loop().time() - began

    took = lab.with_settings(patience=SOON).play(story)
    one_by_one = 30 * SOON.total_seconds()
    assert took < one_by_one / 2, f"wanted 30 refusals at once, not after {one_by_one} s; took {took:.1f} s"


def test_a_database_that_is_not_there_is_unavailable(subtests: pytest.Subtests) -> None:
    rows: list[str] = ["sqlite:////nowhere/lab.db", "postgresql://lab@127.0.0.1:1/lab"]
    for url in rows:
        with subtests.test(url=url):

            async def story(store: Store) -> None:
                for asking in (store.runs.create(RACE), store.runs.page(Filters(), 1), store.leases.claim("runner")):
                    with pytest.raises(Unavailable):
                        await asking
                await abandoned_threads()

            Lab(Settings.read({"DATABASE_URL": url})).play(story)


async def abandoned_threads() -> None:
    """Waits for them: aiosqlite does not, after a connection that failed, and they still speak to the event loop."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join)


def test_a_server_that_restarts_costs_no_request_afterwards(lab: Lab) -> None:
    if lab.settings.on_sqlite:
        pytest.skip("SQLite has no server")

    async def story(store: Store) -> None:
        run = (await store.runs.create(RACE)).run
        with psycopg.connect(server_of(lab.settings)) as connection:
            connection.execute("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()""")
        assert (await store.runs.get(run.id))[0] == run

    lab.play(story)


def test_a_full_disk_is_reported_as_full_and_can_be_written_again(records_lab: Lab) -> None:
    """Of SQLite: to fill the disk of a server is for the tests that start one."""

    async def story(store: Store) -> None:
        kept = (await store.runs.create(RACE)).run
        limit(store, 1)
        with pytest.raises(StorageFull):
            await fill(store)
        limit(store, 1_000_000)
        assert (await store.runs.create(RACE)).created
        assert (await store.runs.get(kept.id))[0] == kept

    records_lab.play(story)


async def fill(store: Store) -> None:
    for _ in range(1000):
        await store.runs.create(new_run({"experiment": "race", "note": "x" * 2000}))


def limit(store: Store, pages: int) -> None:
    """SQLite raises the same error when its file may not grow (never below what it has) as when the disk is full."""

    def limited(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    event.listen(store.database.engine.sync_engine, "begin", limited)


DEFECTS = {
    "a value that is missing": ("writing", "INSERT INTO events VALUES (NULL, NULL, NULL, NULL)"),
    "a table that is missing": ("reading", "SELECT * FROM nothing"),
}


def test_a_defect_is_no_outage_and_no_error_of_the_engine(lab: Lab) -> None:
    async def story(store: Store) -> None:
        for defect, (door, statement) in DEFECTS.items():
            with pytest.raises(StoreError) as failed:
                async with getattr(store.database, door)() as connection:
                    await connection.exec_driver_sql(statement)
            assert type(failed.value) is StoreError, defect
            assert failed.value.__cause__ is not None, f"{defect}: wanted the cause kept, for the log"

    lab.play(story)


def test_what_is_acknowledged_is_flushed_to_the_disk(lab: Lab) -> None:
    async def story(store: Store) -> list[Any]:
        async with store.database.writing() as connection:
            statements = ["SHOW synchronous_commit", "SHOW fsync"]
            if lab.settings.on_sqlite:
                statements = ["PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA foreign_keys"]
            return [(await connection.exec_driver_sql(each)).scalar() for each in statements]

    wanted = ["wal", 2, 1] if lab.settings.on_sqlite else ["on", "on"]
    assert lab.play(story) == wanted


async def delete_half_way(store: Store) -> None:
    async with store.database.writing() as connection:
        await connection.exec_driver_sql("DELETE FROM runs")
        raise StoreError("half way")


def test_a_change_that_fails_half_way_is_not_there(lab: Lab) -> None:
    async def story(store: Store) -> None:
        with pytest.raises(StoreError, match="half way"):
            await delete_half_way(store)
        assert (await store.runs.page(Filters(), 10)).items == before

    async def make(store: Store) -> list[Any]:
        return [(await store.runs.create(RACE)).run]

    before = lab.play(make)
    lab.play(story)
