"""How an experiment tells what it finds: rows, notices, and how far it is."""

from collections.abc import Callable
from typing import Any

from bench.messages import Began, Message, Noticed, Sampled
from experiments.samples import Sample


class Report:
    def __init__(self, tell: Callable[[Message], None]) -> None:
        self._tell = tell
        self.noise: dict[str, Any] | None = None

    def sample(self, row: Sample) -> None:
        self._tell(Sampled(row.model_dump(mode="json")))

    def notice(self, kind: str, **data: Any) -> None:
        self._tell(Noticed(kind, data))

    def begin(self, what: str, done: float, until: float, seconds: float) -> None:
        """A stretch of the run, from and to a share of the whole, and about how long it takes."""
        self.notice("measuring", what=what)
        self._tell(Began(what, done, until, seconds))

    def turn(self, what: str, number: int, of: int, seconds: float) -> None:
        """One of so many stretches of equal length, numbered from 0."""
        self.begin(what, number / of, (number + 1) / of, seconds)

    def verdict(self, **noise: Any) -> None:
        """Whether all of it can be believed; also kept with the run's environment."""
        self.noise = noise
        self.notice("verdict", **noise)
