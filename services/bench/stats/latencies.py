"""Percentiles of latencies, which can be merged: an average of percentiles is a percentile of nothing."""

from collections import Counter
from collections.abc import Iterable
from math import ceil
from typing import Self

from hdrh.histogram import HdrHistogram

LOWEST, HIGHEST = 1, 120_000_000  # microseconds: of a request on loopback, and of the longest time-out
DIGITS = 3  # a percentile is right to 0.1 %; a measurement repeats to 5 % on a good day

PERCENTILES = {"p50_ms": 50.0, "p90_ms": 90.0, "p99_ms": 99.0, "p999_ms": 99.9}  # by their names in a row
# Responses beyond a percentile. With fewer, a single slow response moves it by as much as what it is compared with: of
# ten responses the p99 is the maximum, which a hiccup of the machine decides.
BEYOND = 10


def responses_for(percent: float) -> int:
    """How many responses a percentile needs: 20 for p50, 100 for p90, 1,000 for p99, 10,000 for p99.9."""
    return ceil(round(100 * BEYOND / (100 - percent), 6))


def too_few_for(responses: int) -> tuple[str, ...]:
    """The percentiles, by their names in a row, that so many responses do not support."""
    return tuple(name for name, percent in PERCENTILES.items() if responses < responses_for(percent))


class Latencies:
    """All in milliseconds; None where nothing was recorded. `max` and `mean` are exact."""

    def __init__(self, milliseconds: Iterable[float] = ()) -> None:
        self._histogram = HdrHistogram(LOWEST, HIGHEST, DIGITS)
        self._sum = 0.0
        self._max = 0.0
        self.add(milliseconds)

    def add(self, milliseconds: Iterable[float]) -> None:
        values = milliseconds if isinstance(milliseconds, (list, tuple)) else list(milliseconds)
        if not values:
            return
        self._sum += sum(values)
        self._max = max(max(values), self._max)  # noqa: PLW3301 -- unpacked, a million values were arguments
        for microseconds, count in _quantised(values).items():
            self._histogram.record_value(microseconds, count)

    def merge(self, other: Self) -> None:
        self._histogram.add(other._histogram)
        self._sum += other._sum
        self._max = max(self._max, other._max)

    def __len__(self) -> int:
        return int(self._histogram.get_total_count())

    def percentile(self, percent: float) -> float | None:
        """The smallest value that so many percent do not exceed: of six values, p90 is the sixth."""
        count = len(self)
        if not count:
            return None
        rank = max(1, ceil(round(percent * count / 100, 6)))  # not 999.0000000001
        value: int = self._histogram.get_value_at_percentile(100 * rank / count)  # which would round the rank
        return min(value / 1000, self._max)

    @property
    def p50(self) -> float | None:
        return self.percentile(50)

    @property
    def p90(self) -> float | None:
        return self.percentile(90)

    @property
    def p99(self) -> float | None:
        return self.percentile(99)

    @property
    def p999(self) -> float | None:
        return self.percentile(99.9)

    @property
    def max(self) -> float | None:
        return self._max if len(self) else None

    @property
    def mean(self) -> float | None:
        return self._sum / len(self) if len(self) else None


def _quantised(milliseconds: list[float] | tuple[float, ...]) -> Counter[int]:
    """How often each value of the histogram's precision occurs: recording each by itself takes ten times as long."""
    coarse: Counter[int] = Counter()
    for value, count in Counter(round(each * 1000) for each in milliseconds).items():
        kept = min(max(value, LOWEST), HIGHEST)
        shift = max(0, kept.bit_length() - 11)
        coarse[kept >> shift << shift] += count
    return coarse
