"""The runner's side: one runner at a time holds a run, for as long as it shows that it lives."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from experiments.schema.masked import secrets_of
from experiments.schema.reports import Batch, Environment, Outcome
from rest.models import NewRun, Run, State
from rest.store import rows
from rest.store.clock import Clock
from rest.store.database import Database
from rest.store.errors import Busy, Conflict, LeaseLost
from rest.store.rows import NewEvent, Record, state_event
from rest.store.runs import enqueue, new_run
from rest.tables import events, runs


@dataclass(frozen=True, slots=True)
class Lease:
    run: Run
    token: UUID  # what the runner shows from now on
    seconds: float  # how long it may be silent


@dataclass(frozen=True)
class Leases:
    database: Database
    clock: Clock
    duration: timedelta
    max_attempts: int

    async def claim(self, runner: str, *, exclusive: bool = False) -> Lease | None:
        """The oldest queued run, which is then this runner's; None where nothing waits.

        `exclusive`: also None while a run is in another runner's hands.
        """
        if not await self._has_work():
            return None  # idle runners poll twice a second: nothing is locked for that
        async with self.database.writing() as connection:
            await self._expire(connection)
            if exclusive and await self._measuring(connection) is not None:
                return None
            oldest = select(runs).where(runs.c.state == State.QUEUED).order_by(runs.c.id).limit(1)
            row = (await connection.execute(_skip_locked(oldest))).one_or_none()
            return None if row is None else await self._lease(connection, row, runner)

    async def begin(self, new: NewRun, runner: str, *, exclusive: bool = False) -> Lease:
        """A run of this runner's own, which was never in the queue for another one to take.

        Raises Busy, `exclusive`, while a run is in another runner's hands.
        """
        run = new_run(new, self.clock())
        async with self.database.writing() as connection:
            if exclusive and (other := await self._measuring(connection)) is not None:
                raise Busy(f"{other} is measuring; two at once would interfere.")
            await enqueue(connection, run)
            return await self._lease(connection, await rows.lock_row(connection, run.id), runner)

    async def _measuring(self, connection: AsyncConnection) -> str | None:
        """The holder of a run; other callers wait until this transaction ends."""
        await self.database.one_at_a_time(connection)
        held = select(runs.c.runner).where(runs.c.state == State.RUNNING, runs.c.leased_until > self.clock())
        row = (await connection.execute(held.limit(1))).first()
        return None if row is None else str(row.runner)

    async def expire(self) -> int:
        """Takes the runs of dead runners back: to the queue, or to failed. How many; claim() does it too."""
        if not await self._has_work():
            return 0
        async with self.database.writing() as connection:
            return await self._expire(connection)

    async def heartbeat(
        self, run_id: UUID, token: UUID, progress: float | None = None, environment: Environment | None = None
    ) -> State:
        """Keeps the lease. A state other than running tells the runner to stop. Raises NotFound, LeaseLost."""
        async with self.database.writing() as connection:
            row = await rows.lock_row(connection, run_id)
            if self._owns(row, token):
                moved = progress is not None and progress != row.progress
                happened: list[NewEvent] = [("progress", {"progress": progress})] if moved else []
                values: dict[str, Any] = {"progress": progress} if moved else {}
                values |= {"environment": environment} if environment else {}
                await rows.change(connection, row, self._renewal() | values, happened)
            return State(row.state)

    async def append(self, run_id: UUID, token: UUID, batch: Batch[Any]) -> State:
        """Stores a batch once, however often it is sent, and keeps the lease.

        Nothing is stored of a run that was cancelled meanwhile, which is its state. Raises NotFound, LeaseLost,
        and Conflict for a batch that does not follow the last one.
        """
        async with self.database.writing() as connection:
            row = await rows.lock_row(connection, run_id)
            if self._owns(row, token):
                happened = _events_of(row, batch)
                values = self._renewal() | {"last_batch": max(batch.number, row.last_batch)}
                await rows.change(connection, row, values, happened)
            return State(row.state)

    async def finish(self, run_id: UUID, token: UUID, outcome: Outcome) -> State:
        """Ends the run; the state that it ended in, which is cancelled if a client was first. May be repeated.

        Raises NotFound and LeaseLost.
        """
        async with self.database.writing() as connection:
            row = await rows.lock_row(connection, run_id)
            if not self._owns(row, token):
                return State(row.state)
            ended = State(outcome.state)
            values: dict[str, Any] = {"state": ended, "finished": self.clock()}
            values |= {"error": outcome.error, "environment": outcome.environment or row.environment}
            if ended is State.DONE:
                values["progress"] = 1
            await rows.change(connection, row, values, [state_event(ended, outcome.error)])
            return ended

    def _owns(self, row: Record, token: UUID) -> bool:
        """Whether this runner's run is still running; False once it has ended. Raises LeaseLost.

        A late heartbeat still counts, unless the run was taken back.
        """
        if row.token != token:
            raise LeaseLost("The lease is lost: it expired, or another runner holds the run.")
        return not State(row.state).final

    def _renewal(self) -> dict[str, Any]:
        return {"leased_until": self.clock() + self.duration}

    async def _lease(self, connection: AsyncConnection, row: Record, runner: str) -> Lease:
        token, now = uuid4(), self.clock()
        values = {"state": State.RUNNING, "started": now, "token": token, "runner": runner}
        values |= self._renewal() | {"attempts": row.attempts + 1, "last_batch": 0}
        await rows.change(connection, row, values, [state_event(State.RUNNING)])
        run, _ = await rows.read(connection, row.id)
        return Lease(run, token, self.duration.total_seconds())

    async def _has_work(self) -> bool:
        """Whether a run waits, or has lost its runner."""
        waiting = select(runs.c.id).where(runs.c.state == State.QUEUED)
        async with self.database.reading() as connection:
            for query in (waiting, self._select_expired(runs.c.id)):
                if (await connection.execute(query.limit(1))).first():
                    return True
        return False

    def _select_expired(self, *columns: Any) -> Select[Any]:
        return select(*columns).where(runs.c.state == State.RUNNING, runs.c.leased_until <= self.clock())

    async def _expire(self, connection: AsyncConnection) -> int:
        expired = (await connection.execute(_skip_locked(self._select_expired(runs)))).all()
        for row in expired:
            # With [hidden] in the place of a secret that its own runner had, it cannot be measured again.
            if row.attempts < self.max_attempts and not secrets_of(row.params):
                await self._requeue(connection, row)
            else:
                await self._give_up(connection, row)
        return len(expired)

    async def _requeue(self, connection: AsyncConnection, row: Record) -> None:
        """The next attempt measures all anew; what the lost one reported would be counted twice."""
        measured = events.c.type.not_in(("state", "progress"))
        await connection.execute(delete(events).where(events.c.run_id == row.id, measured))
        values = {"state": State.QUEUED, "started": None, "progress": 0, "environment": None}
        values |= {"token": None, "leased_until": None}
        await rows.change(connection, row, values, [state_event(State.QUEUED)])

    async def _give_up(self, connection: AsyncConnection, row: Record) -> None:
        attempts = "one attempt" if row.attempts == 1 else f"{row.attempts} attempts"
        error = f"Given up after {attempts}: the lease of each runner expired, last that of {row.runner!r}."
        if secret := ", ".join(secrets_of(row.params)):
            error += f" Only that runner had the value of {secret}, which is not stored."
        values = {"state": State.FAILED, "finished": self.clock(), "error": error, "token": None}
        await rows.change(connection, row, values, [state_event(State.FAILED, error)])


def _skip_locked(query: Select[Any]) -> Select[Any]:
    """Without the rows that another transaction is about to change: claiming never waits for a claim."""
    return query.with_for_update(skip_locked=True)


def _events_of(row: Record, batch: Batch[Any]) -> list[NewEvent]:
    """What the batch adds: nothing where it has come before. Raises Conflict."""
    if batch.number <= row.last_batch:
        return []
    if batch.number > row.last_batch + 1:
        raise Conflict(f"Batch {batch.number} is out of order: the last one stored is {row.last_batch}.")
    happened: list[NewEvent] = [(each.type, each.data) for each in batch.events]
    return happened + [("sample", each.model_dump(mode="json")) for each in batch.samples]
