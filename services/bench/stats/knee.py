"""The number of workers above which there is nothing to gain, and which numbers of them a measurement tells apart."""

from collections.abc import Sequence

from bench.stats.ties import by_memory, frontier
from experiments.workers import WorkersSample

GAIN = 1.15  # times what fewer workers carry, below which more are not worth their memory


def knee(rows: Sequence[WorkersSample]) -> WorkersSample | None:
    """Of one contender: the fewest workers that carry about as much as any number of them."""
    most = max((row.rate for row in rows if row.rate is not None), default=0)
    enough = (row for row in rows if row.rate is not None and row.rate * GAIN >= most)
    return min(enough, key=lambda row: row.workers, default=None)


def same_rate(one: WorkersSample, other: WorkersSample) -> bool:
    """Whether the steps of the search, or what repeats differ by, may be all that is between them."""
    less, more = sorted((one, other), key=lambda row: row.rate or 0.0)
    return bool(less.rate and more.rate) and max((less.rate or 0) * GAIN, less.failed_rate or 0) >= (more.rate or 0)


def on_frontier(rows: Sequence[WorkersSample]) -> list[WorkersSample]:
    """Each is at a rate of its own, and its p99 near the target: what is weighed here is the rate against memory."""

    def by_rate(one: WorkersSample, other: WorkersSample) -> int:
        return 0 if same_rate(one, other) else -1 if (one.rate or 0) > (other.rate or 0) else 1

    return frontier([row for row in rows if row.rate is not None], (by_rate, by_memory))
