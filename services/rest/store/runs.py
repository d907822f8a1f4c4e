"""Runs as their clients see them: made, read, listed, changed and deleted."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid7

from sqlalchemy import Select, delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from rest.models import Filters, NewRun, Run, RunPatch, State
from rest.store import cursor, rows
from rest.store.clock import Clock
from rest.store.database import Database
from rest.store.errors import Conflict, KeyReused, Stale
from rest.store.rows import Record, state_event
from rest.tables import idempotency, labels, runs

Revisions = Collection[int] | None  # those that the caller has read; None is any (If-Match: *)


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Run]
    next: str | None  # the cursor of the page behind it


@dataclass(frozen=True, slots=True)
class Created:
    run: Run
    revision: int
    created: bool  # False: the key was known, and this is the run that it made


@dataclass(frozen=True)
class Runs:
    database: Database
    clock: Clock
    keys_kept: timedelta

    async def create(self, new: NewRun, key: str | None = None) -> Created:
        """Queues a run, once for each key. Raises KeyReused, and Conflict if the key's run has been deleted."""
        run = new_run(new, self.clock())
        async with self.database.writing() as connection:
            if key is not None and (known := await self._remember(connection, key, new, run)):
                return await _again(connection, known)
            await enqueue(connection, run)
        return Created(run, 1, created=True)

    async def _remember(self, connection: AsyncConnection, key: str, new: NewRun, run: Run) -> Record | None:
        """Keeps the key together with the run; the row of its first use, if it was used before."""
        now, digest = self.clock(), _digest(new)
        await connection.execute(delete(idempotency).where(idempotency.c.created < now - self.keys_kept))
        row = {"key": key, "digest": digest, "run_id": run.id, "created": now}
        # On Postgres this waits for a transaction that is just using the same key.
        remembered = self.database.insert_new(idempotency).values(**row).returning(idempotency.c.key)
        if (await connection.execute(remembered)).first():
            return None
        known = (await connection.execute(select(idempotency).where(idempotency.c.key == key))).one()
        if known.digest != digest:
            raise KeyReused("This idempotency key was used with a different body.")
        return known

    async def get(self, run_id: UUID) -> tuple[Run, int]:
        """The run and its revision; raises NotFound."""
        async with self.database.reading() as connection:
            return await rows.read(connection, run_id)

    async def page(self, filters: Filters, limit: int, after: str | None = None) -> Page:
        """Newest first. Runs made during paging do not move the pages behind; raises BadCursor."""
        before = cursor.read(after) if after is not None else None
        async with self.database.reading() as connection:
            found = (await connection.execute(listing(filters, before).limit(limit + 1))).all()
        items = [rows.model(row) for row in found[:limit]]
        return Page(items, cursor.write(items[-1].id) if len(found) > limit else None)

    async def patch(self, run_id: UUID, patch: RunPatch, revisions: Revisions) -> tuple[Run, int]:
        """Compare and set. Raises NotFound, Stale, and Conflict for a transition that is impossible."""
        async with self.database.writing() as connection:
            row = await rows.lock_row(connection, run_id)
            _compare(row, revisions)
            changes = {name: value for name, value in patch.changes().items() if value != getattr(row, name)}
            if changes:
                await self._set(connection, row, changes)
            return await rows.read(connection, run_id)

    async def _set(self, connection: AsyncConnection, row: Record, changes: dict[str, Any]) -> None:
        happened = []
        if "state" in changes:
            if State(row.state).final:
                raise Conflict(f"The run is {row.state}: only a queued or running one can be cancelled.")
            changes |= {"state": State.CANCELLED, "finished": self.clock()}
            happened = [state_event(State.CANCELLED)]
        if "tags" in changes:
            await connection.execute(delete(labels).where(labels.c.run_id == row.id, labels.c.kind == "tag"))
            await _label(connection, row.id, {"tag": changes["tags"]})
        await rows.change(connection, row, changes, happened)

    async def delete(self, run_id: UUID, revisions: Revisions = None) -> None:
        """With its events and results; its runner, if it has one, gets NotFound. Raises NotFound and Stale."""
        async with self.database.writing() as connection:
            _compare(await rows.lock_row(connection, run_id), revisions)
            await connection.execute(delete(runs).where(runs.c.id == run_id))


def new_run(new: NewRun, now: datetime) -> Run:
    return Run(
        id=uuid7(),
        state=State.QUEUED,
        progress=0,
        created=now,
        started=None,
        finished=None,
        environment=None,
        error=None,
        **new.model_dump(mode="json"),
    )


async def enqueue(connection: AsyncConnection, run: Run) -> None:
    stored = run.model_dump(mode="python", exclude=set(Run.model_computed_fields))
    await connection.execute(insert(runs).values(**stored | _UNCLAIMED))
    await _label(connection, run.id, {"contender": run.contenders, "tag": run.tags})
    await rows.append_events(connection, run.id, 0, [state_event(State.QUEUED)])


_UNCLAIMED = {"revision": 1, "last_event": 1, "attempts": 0, "last_batch": 0}


def _digest(new: NewRun) -> str:
    """Of the requested run, however it was spelled."""
    return hashlib.sha256(new.model_dump_json(exclude_unset=True).encode()).hexdigest()


async def _again(connection: AsyncConnection, known: Record) -> Created:
    if not (await connection.execute(select(exists().where(runs.c.id == known.run_id)))).scalar_one():
        raise Conflict("The run for this idempotency key has been deleted.")
    return Created(*await rows.read(connection, known.run_id), created=False)


async def _label(connection: AsyncConnection, run_id: UUID, lists: dict[str, list[str]]) -> None:
    found = [{"kind": kind, "value": value, "run_id": run_id} for kind, values in lists.items() for value in values]
    if found:
        await connection.execute(insert(labels), found)


def _compare(row: Record, revisions: Revisions) -> None:
    if revisions is not None and row.revision not in revisions:
        raise Stale(f"The run is at revision {row.revision}.")


def listing(filters: Filters, before: UUID | None) -> Select[Any]:
    """One range of one index, read backwards: the page behind a cursor costs what the first one costs."""
    query, place = select(*rows.COLUMNS), runs.c.id
    for kind in ("contender", "tag"):
        if (value := getattr(filters, kind)) is not None:
            label = labels.alias()
            query = query.join(label, label.c.run_id == runs.c.id).where(label.c.kind == kind, label.c.value == value)
            if filters.state not in _FEW:
                place = label.c.run_id  # the order of the label's own index, the rarer one's of two
    for name in ("state", "experiment"):
        if (value := getattr(filters, name)) is not None:
            query = query.where(runs.c[name] == value)
    # The first page has a bound as well: without one, SQLite prefers to sort all that match.
    return query.where(place < (before or _BEHIND_ALL)).order_by(place.desc())


_FEW = (State.QUEUED, State.RUNNING)  # of these there are few at any time: their index is the shortest way
_BEHIND_ALL = UUID(int=2**128 - 1)
