"""Percentiles of latencies, by sorting them: an average of percentiles is a percentile of nothing."""

from collections.abc import Iterable
from math import ceil, fsum

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
    """All in milliseconds, exact; None where nothing was recorded."""

    def __init__(self, milliseconds: Iterable[float] = ()) -> None:
        self._sorted = sorted(milliseconds)

    def __len__(self) -> int:
        return len(self._sorted)

    def percentile(self, percent: float) -> float | None:
        """The smallest value that so many percent do not exceed: of six values, p90 is the sixth."""
        if not self._sorted:
            return None
        rank = max(1, ceil(round(percent * len(self) / 100, 6)))  # not 999.0000000001
        return self._sorted[rank - 1]

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
        return self.percentile(100)

    @property
    def mean(self) -> float | None:
        return fsum(self._sorted) / len(self) if self._sorted else None
