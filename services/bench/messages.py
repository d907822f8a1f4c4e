"""What the process that measures sends to the one that reports, and the one place that matches those messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.notices import Notice


@dataclass(frozen=True, slots=True)
class RowMeasured:
    """One row of the results, as JSON: what reports a run needs no models."""

    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StageBegan:
    """A stage of the run began: it takes it from `done` to `until` (0 to 1), in about so many seconds."""

    what: str
    done: float
    until: float
    seconds: float


@dataclass(frozen=True, slots=True)
class EnvironmentRead:
    """What is measured, with what and on what: before anything is, for a run that does not come to its end."""

    environment: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """The last message. `error` is why the experiment could not be done, `noise` how valid its figures are."""

    noise: dict[str, Any] | None = None
    error: str | None = None


Message = EnvironmentRead | RowMeasured | Notice | StageBegan | Finished


class Listener:
    """Whoever wants to know of a run's messages overrides what concerns it."""

    def on_environment(self, environment: dict[str, Any]) -> None:
        pass

    def began(self, stage: StageBegan) -> None:
        pass

    def on_sample(self, sample: RowMeasured) -> None:
        pass

    def on_notice(self, notice: Notice) -> None:
        pass

    def on_end(self, end: Finished) -> None:
        pass

    def turn(self) -> None:
        """Every now and then, whether or not a message has come."""


def deliver(message: Message, listeners: Iterable[Listener]) -> None:
    for listener in listeners:
        match message:
            case EnvironmentRead():
                listener.on_environment(message.environment)
            case StageBegan():
                listener.began(message)
            case RowMeasured():
                listener.on_sample(message)
            case Notice():
                listener.on_notice(message)
            case Finished():
                listener.on_end(message)
