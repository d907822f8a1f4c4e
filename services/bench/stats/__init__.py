"""What is made of a load's figures, and when they are not to be believed."""

from statistics import median

from bench.stats.doubts import ENDED, FOREIGN, NOT_KNOWN, STILL_AT_WORK, Doubt, apart, disturbed, doubts
from bench.stats.latencies import Latencies
from bench.stats.search import Answer, Search
from bench.stats.spread import NOISY, jain, noisy, spread

__all__ = [
    "ENDED",
    "FOREIGN",
    "NOISY",
    "NOT_KNOWN",
    "STILL_AT_WORK",
    "Answer",
    "Doubt",
    "Latencies",
    "Search",
    "apart",
    "disturbed",
    "doubts",
    "jain",
    "median",
    "noisy",
    "spread",
]
