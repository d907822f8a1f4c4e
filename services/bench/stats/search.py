"""The highest rate that meets a goal, found by trials: each rate passes or fails, and may do either by chance.

    search = Search(start=100)
    while (rate := search.rate) is not None:
        search.record(passed=await trial(rate))

What came of it is its `answer`.
"""

from dataclasses import dataclass
from math import sqrt

WIDTH = 0.05  # the answer is between two rates so far apart: less than repeats differ would be pretence
REPEATS = 3  # trials of the rate that passes and of the one that fails: one could be chance
LOWEST, HIGHEST = 1.0, 10_000.0  # requests a second, as the experiment `rate`: beyond, the generator comes too late
MOST = 40  # trials: doubling over the whole range takes 13, halving 5, confirming 4; the rest is for chance


@dataclass(frozen=True, slots=True)
class Answer:
    """Between `low`, which passed, and `high`, which failed; None is "below the lowest" and "above the highest"."""

    low: float | None
    high: float | None
    passed: int  # trials at low
    tried_low: int
    failed: int  # trials at high
    tried_high: int
    trials: int
    settled: bool  # false: chance decided so often that the trials ran out

    @property
    def text(self) -> str:
        parts = []
        if self.low is not None:
            parts.append(f"{self.low:g} req/s passed {self.passed} of {self.tried_low} trials")
        if self.high is not None:
            parts.append(f"{self.high:g} failed {self.failed} of {self.tried_high}")
        if self.low is None:
            parts.append("no lower rate tried")
        elif self.high is None:
            parts.append("no higher rate tried")
        if not self.settled:
            parts.append(f"{self.trials} trials inconclusive")
        return "; ".join(parts)


@dataclass(slots=True)
class _Tally:
    passed: int = 0
    tried: int = 0

    @property
    def passes(self) -> bool:
        return self.passed * 2 > self.tried


class Search:
    """Looks at all that is known before each trial, so that a result of chance is outvoted."""

    def __init__(  # noqa: PLR0913 -- what a search is given, by name
        self,
        start: float,
        lowest: float = LOWEST,
        highest: float = HIGHEST,
        *,
        width: float = WIDTH,
        repeats: int = REPEATS,
        most: int = MOST,
        step: float = 2,
    ) -> None:
        """`step`: times the highest rate that passed, or below the lowest that failed, while there is no other."""
        self._lowest, self._highest = lowest, highest
        self._width, self._repeats, self._most, self._step = width, repeats, most, step
        self._tallies: dict[float, _Tally] = {}
        self.trials = 0
        self._carried: float | None = None  # in the last trial: where it failed, no more than that passes
        self.rate: float | None = min(max(start, lowest), highest)  # to be tried next

    def record(self, *, passed: bool, carried: float | None = None) -> None:
        """What came of the trial at `rate`; `carried`: if it failed, a rate that may pass, by its answers."""
        if self.rate is None:
            raise ValueError("the search is over")
        tally = self._tallies.setdefault(self.rate, _Tally())
        tally.passed += passed
        self._carried = carried
        tally.tried += 1
        self.trials += 1
        self.rate = self._following() if self.trials < self._most else None

    def attempts(self, rate: float) -> int:
        """How often it was tried already."""
        return self._tallies[rate].tried if rate in self._tallies else 0

    @property
    def answer(self) -> Answer:
        low, high = self._bracket()
        below, above = self._tallies.get(low or 0, _Tally()), self._tallies.get(high or 0, _Tally())
        failed = above.tried - above.passed
        settled = self._following() is None
        return Answer(low, high, below.passed, below.tried, failed, above.tried, self.trials, settled)

    def _bracket(self) -> tuple[float | None, float | None]:
        """The lowest rate that fails more often than not, and the highest below it that passes."""
        high = min((rate for rate, tally in self._tallies.items() if not tally.passes), default=None)
        passing = (rate for rate, tally in self._tallies.items() if tally.passes and (high is None or rate < high))
        return max(passing, default=None), high

    def _following(self) -> float | None:
        low, high = self._bracket()
        if high is None and low is not None and low < self._highest:
            return _round(min(low * self._step, self._highest))
        if low is None and high is not None and high > self._lowest:
            below = high / self._step
            return _round(max(below if self._carried is None else min(below, self._carried), self._lowest))
        if low is not None and high is not None and high > low * (1 + self._width):
            between = _round(sqrt(low * high))
            if low < between < high:
                return between
        return self._unconfirmed(low, high)

    def _unconfirmed(self, *rates: float | None) -> float | None:
        for rate in rates:
            if rate is not None and self._tallies[rate].tried < self._repeats:
                return rate
        return None


def _round(rate: float) -> float:
    """To four digits: a rate that a person can read."""
    return float(f"{rate:.4g}")
