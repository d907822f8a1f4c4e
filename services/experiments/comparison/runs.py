"""Rows of two runs that are alike but for the run: the ratio of their figures, with its interval where they repeat."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.comparison.unpaired import FEWEST, Interval, interval
from experiments.registry import EXPERIMENTS

# What rows are alike in, and what is compared of them: those that the rows of an experiment have.
GROUPS = ("contender", "point", "workers")
METRICS = {
    "cpu_us": "CPU per request in µs",
    "rps": "req/s",
    "rate": "req/s at the target",
    "p50_ms": "p50 in ms",
    "p99_ms": "p99 in ms",
    "cpu_pct": "CPU in %",
    "rss_mb": "MiB",
    "memory_mb": "MiB",
}
UNPAIRED = (
    "Unpaired: the runs were measured at different times, and whatever changed between them is in the difference. "
    "To compare two contenders, measure them in turns: bench ab."
)
SINGLE = f"Differences without an interval are of fewer than {FEWEST} repeats in a run: nothing tells them from chance."
EACH = "The rows of {} are single events, which no other run has again: look at the pictures."
CHANCE = "Each is a 95 % interval (Welch's t): of twenty differences without a cause, about one is found."

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    experiment: str
    params: Mapping[str, Any]
    rows: Sequence[Row]


def comparable(experiment: str) -> bool:
    """Whether rows of this experiment have figures that another run may have again."""
    return experiment in EXPERIMENTS and bool(_columns(experiment, METRICS))


def compare(a: Side, b: Side) -> dict[str, Any]:
    """As JSON; of one experiment."""
    items = list(_items(a, b)) if comparable(a.experiment) else []
    notes = [UNPAIRED, *_notes(items)] if comparable(a.experiment) else [EACH.format(a.experiment)]
    return {"differing": _differing(a.params, b.params), "items": items, "notes": notes}


def _items(a: Side, b: Side) -> Iterable[dict[str, Any]]:
    groups, metrics = _columns(a.experiment, GROUPS), _columns(a.experiment, METRICS)
    before, after = (_group(side.rows, groups) for side in (a, b))
    for key in (key for key in before if key in after):
        for metric in metrics:
            both = [_logs(rows[key], metric) for rows in (before, after)]
            if all(both):
                yield dict(zip(groups, key, strict=True)) | _difference(metric, *both)


def _columns(experiment: str, names: Iterable[str]) -> list[str]:
    fields = EXPERIMENTS[experiment].row.model_fields
    return [name for name in names if name in fields]


def _group(rows: Iterable[Row], names: Sequence[str]) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.get(name) for name in names)].append(row)
    return groups


def _logs(rows: Iterable[Row], metric: str) -> list[float]:
    """What was not measured, or is zero, has no ratio."""
    return [math.log(value) for row in rows if (value := row.get(metric))]


def _difference(metric: str, a: list[float], b: list[float]) -> dict[str, Any]:
    found = interval(a, b)
    ends: Interval | tuple[None, None] = (None, None) if found is None else found
    ratio = sum(b) / len(b) - sum(a) / len(a)
    shares = {
        name: None if each is None else round(100 * math.expm1(each), 2)
        for name, each in zip(("difference_pct", "low_pct", "high_pct"), (ratio, *ends), strict=True)
    }
    means = {name: round(math.exp(sum(logs) / len(logs)), 3) for name, logs in (("a", a), ("b", b))}
    return {"metric": metric, "title": METRICS[metric], **means, "repeats_a": len(a), "repeats_b": len(b), **shares} | {
        "found": found is not None and not found[0] <= 0 <= found[1]
    }


def _differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Parameters in which the runs differ, which may be the whole difference."""
    return {name: [a.get(name), b.get(name)] for name in sorted({*a, *b}) if a.get(name) != b.get(name)}


def _notes(items: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    if not items:
        yield "The runs have no contender and point in common."
    if any(each["low_pct"] is None for each in items):
        yield SINGLE
    if any(each["low_pct"] is not None for each in items):
        yield CHANCE
