"""The store: the lab's runs, on SQLite or Postgres. It knows the database, and no HTTP."""

from dataclasses import dataclass
from typing import Self

from rest.settings import Settings
from rest.store.clock import Clock, now
from rest.store.database import Database
from rest.store.events import Events
from rest.store.leases import Leases
from rest.store.runs import Runs


@dataclass(frozen=True)
class Store:
    runs: Runs  # for clients
    leases: Leases  # for runners
    events: Events  # for those who watch
    database: Database

    @classmethod
    def open(cls, settings: Settings, clock: Clock = now) -> Self:
        """Connects to nothing yet; the schema is rest.migrate's."""
        database = Database.open(settings)
        return cls(
            Runs(database, clock, settings.idempotency),
            Leases(database, clock, settings.lease, settings.attempts),
            Events(database),
            database,
        )

    async def close(self) -> None:
        await self.database.close()
