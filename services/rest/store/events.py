"""What happened to a run, as those who watch read it: events from any point on, and its samples as results."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from rest.models import Event, State
from rest.store.database import Database
from rest.store.rows import found
from rest.tables import events, runs

LIMIT = 1000  # events at a time: what a client that begins at the first is sent without holding all in memory


@dataclass(frozen=True, slots=True)
class Tail:
    """The events after the requested one, in order."""

    events: list[Event]
    last: int  # id of the newest event of the run, which may be on a later page
    state: State

    @property
    def ended(self) -> bool:
        """Nothing more will come behind these."""
        return self.state.final and (not self.events or self.events[-1].id >= self.last)


@dataclass(frozen=True)
class Events:
    database: Database

    async def after(self, run_id: UUID, last_seen: int = 0, limit: int = LIMIT) -> Tail:
        """Whoever wrote them, through whichever worker; asking costs one row while nothing is new. Raises NotFound."""
        async with self.database.reading() as connection:
            # The run first: an event that is written in between is behind `last`, and comes with the next question.
            row = await self._run(connection, run_id)
            new = await self._events(connection, run_id, last_seen, limit) if row.last_event > last_seen else []
        return Tail(new, row.last_event, State(row.state))

    async def results(self, run_id: UUID, limit: int = LIMIT) -> AsyncIterator[list[dict[str, Any]]]:
        """The samples in the order in which they were taken, of the attempt that counts; so many at a time."""
        samples = select(events.c.id, events.c.data).where(events.c.run_id == run_id, events.c.type == "sample")
        query, last = samples.order_by(events.c.id).limit(limit), 0
        while True:
            async with self.database.reading() as connection:
                rows = (await connection.execute(query.where(events.c.id > last))).all()
            if not rows:
                return
            yield [row.data for row in rows]
            last = rows[-1].id

    async def _run(self, connection: AsyncConnection, run_id: UUID) -> Any:
        query = select(runs.c.state, runs.c.last_event).where(runs.c.id == run_id)
        return found((await connection.execute(query)).one_or_none(), run_id)

    async def _events(self, connection: AsyncConnection, run_id: UUID, last_seen: int, limit: int) -> list[Event]:
        query = select(events.c.id, events.c.type, events.c.data).where(
            events.c.run_id == run_id, events.c.id > last_seen
        )
        rows = await connection.execute(query.order_by(events.c.id).limit(limit))
        return [Event(id=row.id, type=row.type, data=row.data) for row in rows]
