"""How far two things differ that were measured in pairs: from the logarithms of the ratios b/a, one for each pair.

A pair's turns follow each other, so what changes slowly on the machine is in both and cancels out. The interval is
Student's t over pairs. https://en.wikipedia.org/wiki/Paired_difference_test
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from experiments.comparison.student import t_quantile

FEWEST = 3  # pairs: with two, t is 12.7, and an interval is meaningless
CONFIDENCE = 0.95
POWER = 0.9  # how often a difference as large as `detectable` is found


@dataclass(frozen=True, slots=True)
class Difference:
    """Ratios b/a: 0.79 means that b has 21 % less. `low` and `high` are the ends of the 95 % interval."""

    pairs: int
    ratio: float
    low: float
    high: float
    detectable: float  # the smallest share (0.05 is 5 %) that so many such pairs find with a probability of POWER

    @property
    def significant(self) -> bool:
        return self.low > 1 or self.high < 1


def log_ratios(pairs: Sequence[tuple[float | None, float | None]]) -> list[float]:
    """Of (a, b); pairs in which one was not measured, or is zero, have none."""
    return [math.log(b / a) for a, b in pairs if a and b]


def difference(ratios: Sequence[float]) -> Difference | None:
    """From log-ratios; None with fewer than FEWEST."""
    count = len(ratios)
    if count < FEWEST:
        return None
    mean, error = fmean(ratios), stdev(ratios) / math.sqrt(count)
    half = t_quantile((1 + CONFIDENCE) / 2, count - 1) * error
    detectable = math.expm1(resolution(stdev(ratios), count))
    return Difference(count, math.exp(mean), math.exp(mean - half), math.exp(mean + half), detectable)


def resolution(deviation: float, count: int) -> float:
    """The smallest log-ratio that so many pairs of that standard deviation find with a probability of POWER."""
    degrees = count - 1
    both = t_quantile((1 + CONFIDENCE) / 2, degrees) + t_quantile(POWER, degrees)
    return both * deviation / math.sqrt(count)


def pairs_needed(deviation: float, detect: float, most: int) -> int:
    """Pairs that find a difference of `detect` (0.05 is 5 %), from FEWEST to `most`."""
    wanted = math.log1p(detect)  # nearer to zero than log(1 - detect): less is found as well as more
    low, high = FEWEST, most
    while low < high:  # each further pair resolves more
        middle = (low + high) // 2
        low, high = (low, middle) if resolution(deviation, middle) <= wanted else (middle + 1, high)
    return low
