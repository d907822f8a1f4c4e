"""Points of a load over their repeats, which sweep, rate and capacity have in common."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from bench.notices import Notice, PointMeasured, of
from bench.stats.latencies import too_few_for
from bench.stats.spread import spread
from bench.stats.tail import P99, Tail
from experiments.schema.samples import PointSample


@dataclass(frozen=True, slots=True)
class PointSummary:
    """One contender at one point, over its repeats: medians, never averages of percentiles; the highest maximum."""

    contender: str
    point: float
    repeats: int
    spread_pct: float | None  # of throughput: (highest - lowest) / median
    errors: int
    timeouts: int
    uncorrected_p99_ms: float | None  # of an open loop: from when each request was sent
    uncorrected_max_ms: float | None
    too_few_for: tuple[str, ...]  # percentiles that the responses of all repeats together do not support
    rps: float | None
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    p999_ms: float | None
    mean_ms: float | None
    cpu_pct: float | None
    rss_mb: float | None
    max_ms: float | None
    app_p99_ms: float | None = None  # the application's own

    def latency(self, by: Tail) -> float:
        return (self.p99_ms if by is P99 else self.max_ms) or 0.0

    def uncorrected(self, by: Tail) -> float | None:
        return self.uncorrected_p99_ms if by is P99 else self.uncorrected_max_ms


MEDIANS = ("rps", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "mean_ms", "cpu_pct", "rss_mb")


def summarise_points(rows: Iterable[PointSample], notices: Iterable[Notice] = ()) -> list[PointSummary]:
    grouped: dict[tuple[str, float], list[PointSample]] = defaultdict(list)
    for row in rows:
        grouped[row.contender, row.point].append(row)
    uncorrected: dict[tuple[str, float], list[dict[str, Any]]] = defaultdict(list)
    for each in of(PointMeasured, notices):
        if each.uncorrected:
            uncorrected[each.contender, each.point].append(each.uncorrected)
    return [_summarise(*key, own, uncorrected[key]) for key, own in grouped.items()]


def _summarise(
    contender: str, point: float, rows: list[PointSample], uncorrected: list[dict[str, Any]]
) -> PointSummary:
    medians = {name: median_of(getattr(row, name) for row in rows) for name in MEDIANS}
    rates = [row.rps for row in rows]
    requests = sum(row.requests for row in rows)
    errors, timeouts = sum(row.errors for row in rows), sum(row.timeouts for row in rows)
    return PointSummary(
        contender,
        point,
        len(rows),
        100 * spread(rates) if median_of(rates) and len(rows) > 1 else None,
        errors,
        timeouts,
        median_of(each["p99_ms"] for each in uncorrected),
        highest(each.get("max_ms") for each in uncorrected),
        too_few_for(requests + timeouts),  # a timeout counts as a latency, too
        max_ms=highest(row.max_ms for row in rows),
        app_p99_ms=median_of(getattr(row, "app_p99_ms", None) for row in rows),
        **medians,
    )


def highest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def median_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def summarise(rows: Iterable[PointSample], notices: Iterable[Notice]) -> list[dict[str, Any]]:
    """A line a point, as JSON."""
    return [asdict(each) for each in summarise_points(rows, notices)]


def succeeded(row: PointSample) -> bool:
    return row.requests > 0


def failed(row: PointSample) -> int:
    """Requests without a right answer in time."""
    return row.errors + row.timeouts
