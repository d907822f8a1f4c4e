"""The interval of a difference between two samples that are of different times: Welch's t.

Of logarithms, so that it is one of ratios, as that of pairs is (bench/stats/paired.py).
https://en.wikipedia.org/wiki/Welch%27s_t-test
"""

import math
from collections.abc import Sequence
from statistics import fmean, variance

from experiments.comparison.student import t_quantile

FEWEST = 2  # repeats of each: one has no variance
CONFIDENCE = 0.95

type Interval = tuple[float, float]


def interval(a: Sequence[float], b: Sequence[float]) -> Interval | None:
    """From and to: of the mean of b less that of a. None where one of them was measured less than FEWEST times."""
    if min(len(a), len(b)) < FEWEST:
        return None
    middle, errors = fmean(b) - fmean(a), [variance(each) / len(each) for each in (a, b)]
    half = t_quantile((1 + CONFIDENCE) / 2, _degrees(errors, (len(a), len(b)))) * math.sqrt(sum(errors))
    return middle - half, middle + half


def _degrees(errors: Sequence[float], counts: Sequence[int]) -> int:
    """Of freedom (Welch and Satterthwaite), rounded down: the interval is rather too wide."""
    if not any(errors):
        return sum(counts) - len(counts)
    whole = sum(errors) ** 2 / sum(error**2 / (count - 1) for error, count in zip(errors, counts, strict=True))
    return max(1, math.floor(whole))
