"""How an experiment reports what it finds: rows, notices, and how far it is."""

from collections.abc import Callable

from bench.messages import Message, RowMeasured, StageBegan
from bench.notices import Measuring, Notice
from experiments.schema.samples import Sample


class Report:
    """Sends each at once, and keeps rows and notices for the summary at the end."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self.rows: list[Sample] = []
        self.notices: list[Notice] = []

    def sample(self, sample: Sample) -> None:
        self.rows.append(sample)
        self._send(RowMeasured(sample.model_dump(mode="json")))

    def notice(self, notice: Notice) -> None:
        self.notices.append(notice)
        self._send(notice)

    def begin(self, what: str, done: float, until: float, seconds: float) -> None:
        """A stage of the run, from and to a share of the whole, and about how long it takes."""
        self.notice(Measuring(what=what))
        self._send(StageBegan(what, done, until, seconds))

    def turn(self, what: str, number: int, of: int, seconds: float) -> None:
        """One of so many stages of equal length, numbered from 0."""
        self.begin(what, number / of, (number + 1) / of, seconds)
