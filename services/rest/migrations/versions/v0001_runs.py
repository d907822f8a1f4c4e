"""Runs, what they are listed under, their events, and the keys of requests that may be repeated."""

import sqlalchemy as sa
from alembic import op

from rest.tables import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    _runs()
    _labels()
    _events()
    _idempotency()


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("experiment", sa.String(64), nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("contenders", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("created", Instant, nullable=False),
        sa.Column("started", Instant),
        sa.Column("finished", Instant),
        sa.Column("environment", sa.JSON(none_as_null=True)),
        sa.Column("error", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("last_event", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("runner", sa.String(200)),
        sa.Column("token", sa.Uuid),
        sa.Column("leased_until", Instant),
        sa.Column("last_batch", sa.Integer, nullable=False),
    )
    op.create_index("ix_runs_state_id", "runs", ["state", "id"])
    op.create_index("ix_runs_experiment_id", "runs", ["experiment", "id"])


def _labels() -> None:
    op.create_table(
        "labels",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("value", sa.String(64), primary_key=True),
        sa.Column("run_id", sa.Uuid, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_labels_run_id", "labels", ["run_id"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("run_id", sa.Uuid, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sqlite_with_rowid=False,
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("created", Instant, nullable=False),
    )
    op.create_index("ix_idempotency_created", "idempotency", ["created"])
