"""What is made of a load's figures, and when they are not to be believed."""

from statistics import median

from bench.stats.latencies import Latencies
from bench.stats.search import Answer, Search
from bench.stats.spread import NOISY, jain, noisy, spread
from bench.stats.validity import ENDED, FOREIGN, Doubt, apart, by_kind, disturbed, doubts, unrested

__all__ = [
    "ENDED",
    "FOREIGN",
    "NOISY",
    "Answer",
    "Doubt",
    "Latencies",
    "Search",
    "apart",
    "by_kind",
    "disturbed",
    "doubts",
    "jain",
    "median",
    "noisy",
    "spread",
    "unrested",
]
