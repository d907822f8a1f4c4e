"""A race, contender by contender: when its requests were answered, and how many processes did what of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from bench.notices import Notice
from bench.stats.phrases import by_kind, count, milliseconds
from bench.stats.select import by
from bench.stats.served import at_once, lane, process
from experiments.race import RaceSample

ROUNDS = 0.25  # how far from whole rounds a contender may be for them to be called rounds
NEARLY = 0.9  # share of the requests at once, from which on what is left makes no second round
MOST = 0.75  # share of the requests from which on one process of several has taken most of them
FEW = 4  # requests, below which it is chance which process takes them


@dataclass(frozen=True, slots=True)
class RaceSummary:
    contender: str
    answered: int
    errors: int
    first_ms: float | None  # from when the requests were sent to the first answer
    last_ms: float | None
    at_once: int  # the most that were being worked on at any moment
    processes: int
    lanes: int
    pattern: str = ""  # "2 at a time: 10 rounds of 200 ms"; empty where no answer says when it was worked on
    failures: str = ""  # kinds of errors, with how often each
    share: str = ""  # where one process did the work of several

    @property
    def text(self) -> str:
        """How it served what it answered, in a sentence; what failed is in those of the run: see `failed`."""
        if not self.answered or self.last_ms is None:
            return ""
        last = f"the last response after {milliseconds(self.last_ms)}"
        if not self.pattern:  # its responses lack X-Served-By
            return f"{self.contender} served {self.answered} without naming the process; {last}."
        share = f" ({self.share})" if self.share else ""
        return f"{self.contender} served {self.pattern}, in {count(self.processes, 'process')}{share}; {last}."

    @property
    def failed(self) -> str:
        """sync: 3 of 20 failed (status 503: 3)."""
        return f"{self.contender}: {self.errors} of {self.answered + self.errors} failed ({self.failures})"


def summarise_races(rows: Sequence[RaceSample]) -> list[RaceSummary]:
    return [_summary(contender, own) for contender, own in by(rows, "contender").items()]


def _summary(contender: str, rows: list[RaceSample]) -> RaceSummary:
    right = [row for row in rows if row.error is None]
    took = [1000 * (row.received - row.sent) for row in right if row.received is not None]
    served = Counter(process(row) for row in right if row.pid is not None)
    return RaceSummary(
        contender,
        len(right),
        len(rows) - len(right),
        min(took, default=None),
        max(took, default=None),
        at_once(right),
        len(served),
        len({lane(row) for row in right if row.pid is not None}),
        pattern(right),
        by_kind(Counter(row.error for row in rows if row.error is not None)),
        _share(served, len(rows)),
    )


def pattern(rows: Sequence[RaceSample]) -> str:
    """What one contender did with its requests: "2 at a time: 10 rounds of 200 ms"."""
    served = [row for row in rows if row.span is not None]
    if not served:
        return ""
    starts, ends = zip(*(row.span for row in served if row.span), strict=True)
    work = 1000 * median(end - start for start, end in zip(starts, ends, strict=True))
    each, peak = milliseconds(work), at_once(served)
    if len(served) == 1:
        return f"one request of {each}"
    if peak >= NEARLY * len(served):
        return f"{'all' if peak >= len(served) else 'nearly all'} {len(served)} at once, {each} each"
    rounds = -(-len(served) // peak)
    span = 1000 * (max(ends) - min(starts))
    at_a_time = f"{'one' if peak == 1 else peak} at a time"
    if work and abs(span / work / rounds - 1) <= ROUNDS:
        return f"{at_a_time}: {count(rounds, 'round')} of {each}"
    return f"{'up to ' * (peak > 1)}{at_a_time}, {each} each (median)"


def _share(served: Counter[tuple[str, int]], of: int) -> str:
    """Where one process did the work of several: greenlets of one process take all connections that they can get."""
    if len(served) < 2 or of < FEW:
        return ""
    ((_, pid), most), *_ = served.most_common(1)
    return f"process {pid} took {most} of {of}" if most >= MOST * of else ""


def summarise(rows: Sequence[RaceSample], _notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """A line a contender, as JSON."""
    return [asdict(each) | {"text": each.text} for each in summarise_races(rows)]
