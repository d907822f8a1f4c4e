"""When requests are due: seconds from the start, made before the load begins, and never changed by how it goes."""

import math
import random
from array import array
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    rate: float  # requests a second
    due: array[float]
    seed: int | None = None  # of random arrivals: the same seed is the same schedule


def constant(rate: float, seconds: float) -> Schedule:
    """Evenly spaced. Each time is made from its number, not from the one before: no error adds up."""
    return Schedule(rate, array("d", (number / rate for number in range(math.ceil(rate * seconds)))))


def bursts(rate: float, seconds: float) -> Schedule:
    """Those of a second at its beginning, all at once, as from a timer: a cron job, a page that polls."""
    return Schedule(rate, array("d", (math.floor(number / rate) for number in range(math.ceil(rate * seconds)))))


def poisson(rate: float, seconds: float, seed: int | None = None) -> Schedule:
    """Independent users: exponential gaps, so that requests also come in bunches, as they do."""
    seed = random.randrange(2**32) if seed is None else seed
    gap = random.Random(seed).expovariate
    due = array("d")
    moment = gap(rate)
    while moment < seconds:
        due.append(moment)
        moment += gap(rate)
    return Schedule(rate, due, seed)
