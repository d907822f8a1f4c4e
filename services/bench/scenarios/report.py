"""How an experiment reports what it finds: rows, notices, and how far it is."""

from collections.abc import Callable
from typing import Any

from bench.messages import Began, Message, Noticed, Sampled
from experiments.schema.samples import Sample


class Report:
    """Sends each at once, and keeps rows and notices for the summary at the end."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self.rows: list[Sample] = []
        self.notices: list[Noticed] = []

    def sample(self, sample: Sample) -> None:
        self.rows.append(sample)
        self._send(Sampled(sample.model_dump(mode="json")))

    def notice(self, kind: str, **data: Any) -> None:
        self.notices.append(Noticed(kind, data))
        self._send(self.notices[-1])

    def begin(self, what: str, done: float, until: float, seconds: float) -> None:
        """A stage of the run, from and to a share of the whole, and about how long it takes."""
        self.notice("measuring", what=what)
        self._send(Began(what, done, until, seconds))

    def turn(self, what: str, number: int, of: int, seconds: float) -> None:
        """One of so many stages of equal length, numbered from 0."""
        self.begin(what, number / of, (number + 1) / of, seconds)
