"""The pairs of an A/B comparison, metric by metric."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from bench.notices import Notice
from bench.stats.paired import Difference, difference, log_ratios
from experiments.ab import AbSample

METRICS = {"cpu_us": "µs/req", "rps": "req/s", "p50_ms": "p50 ms", "p99_ms": "p99 ms", "memory_mb": "MiB"}
Sides = dict[Literal["a", "b"], AbSample]


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric: the medians of both sides, and the difference, which is of pairs."""

    metric: str
    a: float | None
    b: float | None
    difference: Difference | None


def complete(rows: Sequence[AbSample]) -> list[Sides]:
    """The pairs that have both turns, in order."""
    pairs: dict[int, Sides] = {}
    for row in rows:
        pairs.setdefault(row.pair, {})[row.side] = row
    return [pairs[number] for number in sorted(pairs) if len(pairs[number]) == 2]


def ratios(rows: Sequence[AbSample], metric: str) -> list[float]:
    return log_ratios([(getattr(each["a"], metric), getattr(each["b"], metric)) for each in complete(rows)])


def compared(rows: Sequence[AbSample]) -> list[Compared]:
    return [
        Compared(metric, _median(rows, "a", metric), _median(rows, "b", metric), difference(ratios(rows, metric)))
        for metric in METRICS
    ]


def names(rows: Sequence[AbSample]) -> tuple[str, str]:
    found = {row.side: row.contender for row in rows}
    return found.get("a", "a"), found.get("b", "b")


def _median(rows: Sequence[AbSample], side: str, metric: str) -> float | None:
    values = [value for row in rows if row.side == side and (value := getattr(row, metric)) is not None]
    return median(values) if values else None


def summarise(rows: Sequence[AbSample], _notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """A line a metric; differences in per cent of a."""
    return [_line(each, *names(rows)) for each in compared(rows)] if rows else []


def _line(each: Compared, a: str, b: str) -> dict[str, Any]:
    line: dict[str, Any] = {"contender": b, "against": a, "metric": each.metric, "a_median": each.a, "b_median": each.b}
    found = each.difference
    if found is None:
        return line | dict.fromkeys(("pairs", "difference_pct", "low_pct", "high_pct", "detectable_pct"))
    shares = {"difference_pct": found.ratio - 1, "low_pct": found.low - 1, "high_pct": found.high - 1}
    shares["detectable_pct"] = found.detectable
    return line | {"pairs": found.pairs} | {name: round(100 * share, 2) for name, share in shares.items()}
