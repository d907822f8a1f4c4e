"""What is computed from a load's figures, and when they are not valid."""

from statistics import median

from bench.stats.latencies import Latencies
from bench.stats.search import Answer, Search
from bench.stats.spread import NOISY, jain, noisy, spread
from bench.stats.validity import Measurement, ValidityWarning

__all__ = [
    "NOISY",
    "Answer",
    "Latencies",
    "Measurement",
    "Search",
    "ValidityWarning",
    "jain",
    "median",
    "noisy",
    "spread",
]
