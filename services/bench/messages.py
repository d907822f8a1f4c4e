"""What the process that measures tells the one that reports."""

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sampled:
    """One row of the results."""

    row: Row


@dataclass(frozen=True, slots=True)
class Noticed:
    """An event beside the rows: see `notices`."""

    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Began:
    """A stretch of the run began: it takes it from `done` to `until` (0 to 1), in about so many seconds."""

    what: str
    done: float
    until: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Described:
    """What is measured, with what and on what: before anything is, for a run that does not come to its end."""

    environment: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """The last message. `error` is why the experiment could not be done, `noise` how far it can be believed."""

    noise: dict[str, Any] | None = None
    error: str | None = None


Message = Described | Sampled | Noticed | Began | Ended
