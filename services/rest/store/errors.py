"""How the store refuses and fails: nothing of SQLAlchemy or of a driver gets past it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StoreError(Exception):
    """Raised as itself for a defect: the store's query was wrong."""


class NotFound(StoreError):
    """No run has this id."""


class Stale(StoreError):
    """The run is at another revision than those that the caller has read."""


class Conflict(StoreError):
    """The run is in a state that does not allow it."""


class KeyReused(StoreError):
    """The idempotency key came with another body before."""


class BadCursor(StoreError):
    """The cursor is none that a page gave."""


class Busy(StoreError):
    """Another runner measures."""


class LeaseLost(StoreError):
    """The runner's lease has run out, or another runner holds the run."""


class Unavailable(StoreError):
    """The database is locked, down or out of connections; the same request may succeed in a moment."""


class StorageFull(StoreError):
    """The database's disk has no room; reading still works."""


# https://sqlite.org/rescode.html: SQLITE_FULL, and SQLITE_IOERR_SHMSIZE when the index of the journal cannot grow.
_SQLITE_FULL = {13, 10 | 19 << 8}
_SQLITE_ERROR = 1  # SQLITE_ERROR: the statement itself is wrong, as where a table is missing
_POSTGRES_FULL = "53100"


@contextmanager
def translate_errors() -> Iterator[None]:
    """Engine's and drivers' errors become the store's; the first is kept as its cause, for the log."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:  # OSError: a time-out of ours, or no connection at all
        raise _translate(error) from error


def _translate(error: SQLAlchemyError | OSError) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) else None
    code = getattr(cause, "sqlite_errorcode", None)
    if code in _SQLITE_FULL or getattr(cause, "sqlstate", None) == _POSTGRES_FULL:
        return StorageFull("The database disk is full.")
    if code != _SQLITE_ERROR and isinstance(error, (OperationalError, InterfaceError, PoolTimeout, OSError)):
        return Unavailable("The database is unavailable.")
    return StoreError("The database rejected the statement.")
