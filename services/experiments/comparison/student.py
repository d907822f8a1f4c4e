"""Quantiles of Student's t, for intervals of differences that are paired (bench ab) or not (two stored runs)."""

import math
from functools import cache

HALVINGS = 60  # of an interval that a float resolves to 52 bits of its length


@cache
def t_quantile(share: float, degrees: int) -> float:
    """Of Student's t, for shares from 0.5 up to, not including, 1: t_quantile(0.975, 9) is 2.262."""
    low, high = 0.0, 1.0
    while _t_within(high, degrees) < 2 * share - 1:
        high *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_within(middle, degrees) < 2 * share - 1 else (low, middle)
    return (low + high) / 2


def _t_within(t: float, degrees: int) -> float:
    """P(-t < T < t): Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for power in range(1 if odd else 0, degrees - 1, 2):
        total += term
        term *= cosine**2 * (power + 1) / (power + 2)
    return 2 / math.pi * (angle + sine * total) if odd else sine * total
