"""Which configurations a measurement can tell apart, which one to take of those that it cannot, and the frontier."""

from collections.abc import Callable, Sequence
from statistics import median

from bench.stats.phrases import count
from bench.stats.spread import NOISY
from contender.catalogue import CATALOGUE, in_order
from experiments.advise import AdviceSample
from experiments.workers import WorkersSample

SAFE = 2  # workers: one that restarts, or blocks in a request, takes the whole service down
ALIKE = 0.05  # of memory: processes of the same code differ by as much from start to start


def p99_range(row: AdviceSample) -> tuple[float, float] | None:
    """From the lowest repeat to the highest; at least as wide as repeats on one machine differ (NOISY).

    Three repeats are too few for their own spread to be trusted: of two equal contenders, one run in ten has all three
    of one below those of the other. One repeat has no spread, so it gets twice as much.
    """
    if row.p99_ms is None:
        return None
    half = (NOISY if row.repeats == 1 else NOISY / 2) * row.p99_ms
    return min(row.p99_low_ms or row.p99_ms, row.p99_ms - half), max(row.p99_high_ms or row.p99_ms, row.p99_ms + half)


def overlap(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    return one is not None and other is not None and one[0] <= other[1] and other[0] <= one[1]


def same_p99(one: AdviceSample, other: AdviceSample) -> bool:
    return overlap(p99_range(one), p99_range(other))


def is_maintained(contender: str) -> bool:
    """Also where the catalogue has lost it: then nothing is known against it."""
    return "end_of_line" not in CATALOGUE.get(contender, {})


def choose[Row: (AdviceSample, WorkersSample)](tied: Sequence[Row]) -> list[Row]:
    """The one to take first: maintained, then the fewest processes, then the least memory, then as the catalogue."""
    places = {name: place for place, name in enumerate(in_order({row.contender for row in tied}))}

    def rank(row: Row) -> tuple[bool, int, float, int]:
        memory = row.memory_mb if row.memory_mb is not None else float("inf")
        return not is_maintained(row.contender), row.workers or 0, memory, places[row.contender]

    return sorted(tied, key=rank)


def why_not(row: AdviceSample | WorkersSample, taken: AdviceSample | WorkersSample) -> str:
    """What stands against it beside the one that was taken: the first of the reasons in which they differ."""
    if is_maintained(taken.contender) and not is_maintained(row.contender):
        return "is no longer maintained"
    if (row.workers or 0) > (taken.workers or 0):
        return f"takes {count(row.workers or 0, 'process')}"
    if row.memory_mb is not None and taken.memory_mb is not None and row.memory_mb > (1 + ALIKE) * taken.memory_mb:
        return f"takes {row.memory_mb:.0f} MiB"
    return "comes later in the catalogue, and is as good"


# --- the frontier -------------------------------------------------------------------------------------------

# Of two rows: -1 where the first is better beyond chance, 1 where it is worse, 0 where nothing tells them apart.
type Criterion[Row] = Callable[[Row, Row], int]


def frontier[Row](rows: Sequence[Row], criteria: Sequence[Criterion[Row]]) -> list[Row]:
    """Those to which no other is preferable: worse in nothing and better in something, beyond chance (Pareto)."""

    def dominates(one: Row, other: Row) -> bool:
        signs = [criterion(one, other) for criterion in criteria]
        return max(signs) <= 0 and min(signs) < 0

    return [row for row in rows if not any(dominates(other, row) for other in rows if other is not row)]


def by_p99(one: AdviceSample, other: AdviceSample) -> int:
    return 0 if same_p99(one, other) else _sign(one.p99_ms, other.p99_ms, 0)


def by_memory(one: AdviceSample | WorkersSample, other: AdviceSample | WorkersSample) -> int:
    return _sign(one.memory_mb, other.memory_mb, ALIKE)


def by_cores(one: AdviceSample, other: AdviceSample) -> int:
    return _sign(one.cpu_pct, other.cpu_pct, NOISY)


def _sign(one: float | None, other: float | None, share: float) -> int:
    """What is not known tells nothing apart; neither does less than a share of the middle of both."""
    if one is None or other is None or abs(one - other) <= share * median((one, other)):
        return 0
    return -1 if one < other else 1
