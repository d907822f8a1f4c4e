"""The tables, for SQLite and Postgres alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    Uuid,
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone, so it is taken off and put back there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)
        return moment


# Named by rule, because a migration can only change a constraint that has a name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

runs = Table(
    "runs",
    metadata,
    Column("id", Uuid, primary_key=True),  # uuid7: the order of the ids is the order of creation
    Column("experiment", String(64), nullable=False),
    Column("params", JSON, nullable=False),
    Column("contenders", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("created", Instant, nullable=False),
    Column("started", Instant),
    Column("finished", Instant),
    Column("environment", JSON(none_as_null=True)),
    Column("error", Text),
    Column("note", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("revision", Integer, nullable=False),  # one more with every change that a reader can see
    Column("last_event", Integer, nullable=False),  # the id of the newest one, given out under this row's lock
    # The lease of the runner that holds it.
    Column("attempts", Integer, nullable=False),
    Column("runner", String(200)),
    Column("token", Uuid),
    Column("leased_until", Instant),
    Column("last_batch", Integer, nullable=False),
    # Each filter has its index, with the id behind it: a page is then one range of the index, whatever its depth.
    Index(None, "state", "id"),
    Index(None, "experiment", "id"),
)

# What a run is listed under, in the order of its pages; runs.contenders and runs.tags keep the order of the lists.
labels = Table(
    "labels",
    metadata,
    Column("kind", String(16), primary_key=True),  # contender or tag
    Column("value", String(64), primary_key=True),
    Column("run_id", ForeignKey(runs.c.id, ondelete="CASCADE"), primary_key=True),
    Index(None, "run_id"),  # for the cascade, which would read the whole table
    sqlite_with_rowid=False,
)

# Samples are events: stored once, in order, and read back as results.
events = Table(
    "events",
    metadata,
    Column("run_id", ForeignKey(runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("id", Integer, primary_key=True),
    Column("type", String(32), nullable=False),
    Column("data", JSON, nullable=False),
    sqlite_with_rowid=False,
)

# No foreign key: a key outlives its run, or a repeated request would make a deleted run again.
idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("created", Instant, nullable=False),
    Index(None, "created"),  # for forgetting the old ones
)
