"""Rows of the table of runs: read, locked, and changed together with the events of the change."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rest.models import Run, State
from rest.store.errors import NotFound
from rest.tables import events, runs

Record = Row[*tuple[Any, ...]]
NewEvent = tuple[str, dict[str, Any]]  # type and data

COLUMNS = [runs.c[name] for name in Run.model_fields]


async def read(connection: AsyncConnection, run_id: UUID) -> tuple[Run, int]:
    """With its revision; raises NotFound."""
    row = (await connection.execute(select(*COLUMNS, runs.c.revision).where(runs.c.id == run_id))).one_or_none()
    known = found(row, run_id)
    return model(known), known.revision


async def lock_row(connection: AsyncConnection, run_id: UUID) -> Record:
    """The whole row, locked until this transaction ends; raises NotFound."""
    # SQLite knows no FOR UPDATE and is not sent any: there the transaction has the database to itself.
    row = (await connection.execute(select(runs).where(runs.c.id == run_id).with_for_update())).one_or_none()
    return found(row, run_id)


def found(row: Record | None, run_id: UUID) -> Record:
    if row is None:
        raise NotFound(f"No such run: {run_id}.")
    return row


async def change(
    connection: AsyncConnection, row: Record, values: dict[str, Any], happened: Sequence[NewEvent] = ()
) -> None:
    """Changes a locked row; it gets a new revision if a reader can see the change."""
    seen = any(name in Run.model_fields for name in values)
    counters = {"revision": row.revision + seen, "last_event": row.last_event + len(happened)}
    await connection.execute(update(runs).where(runs.c.id == row.id).values(**values, **counters))
    await append_events(connection, row.id, row.last_event, happened)


async def append_events(connection: AsyncConnection, run_id: UUID, last: int, happened: Iterable[NewEvent]) -> None:
    """Adds events behind the last one. The run's row is locked, so that a reader never sees 7 before 6."""
    added = [
        {"run_id": run_id, "id": number, "type": kind, "data": data}
        for number, (kind, data) in enumerate(happened, last + 1)
    ]
    if added:
        await connection.execute(insert(events), added)


def state_event(state: State, error: str | None = None) -> NewEvent:
    return "state", {"state": state} | ({"error": error} if error else {})


def model(row: Record) -> Run:
    return Run.model_validate(row, from_attributes=True)
