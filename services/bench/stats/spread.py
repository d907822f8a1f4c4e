"""How much repeats differ, and how evenly work is shared."""

from collections.abc import Collection
from statistics import median

# Repeats on one machine differ by a tenth on a good day. Beyond this two contenders that are a tenth apart may change
# places in the next run, and the run has to say so.
NOISY = 0.15


def spread(values: Collection[float]) -> float:
    """From the lowest to the highest, as a share of the median: 0.1 is "within a tenth". Raises ValueError if empty."""
    if not values:
        raise ValueError("spread of no values")
    median_of = median(values)
    return (max(values) - min(values)) / median_of if median_of else 0.0


def noisy(values: Collection[float], bound: float = NOISY) -> bool:
    """Whether the repeats of a point differ by more than the bound; one alone shows nothing."""
    return len(values) > 1 and spread(values) > bound


def jain(counts: Collection[float]) -> float | None:
    """Jain's fairness index: 1 is all alike, 1/n is one of n has it all (https://arxiv.org/abs/cs/9809099).

    Those that got nothing must be among the counts; None where none got anything.
    """
    squares = sum(count * count for count in counts)
    return sum(counts) ** 2 / (len(counts) * squares) if squares else None
