"""What the rows of a run come to: pure functions, for tables, pictures and verdicts alike."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.messages import Row
from bench.stats import Latencies, by_kind, spread
from experiments.samples import PROBE_TIMEOUT

# --- race ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Raced:
    contender: str
    answered: int
    errors: int
    first_ms: float | None  # from when the requests were sent to the first answer
    last_ms: float | None
    at_once: int  # the most that were being worked on at any moment
    processes: int
    lanes: int
    kinds: str = ""  # of errors, with how often each


def raced(rows: Iterable[Row]) -> list[Raced]:
    return [_raced(contender, own) for contender, own in by(rows, "contender").items()]


def _raced(contender: str, rows: list[Row]) -> Raced:
    right = [row for row in rows if row["error"] is None]
    took = [1000 * (row["received"] - row["sent"]) for row in right]
    lanes = {(row["pid"], row["lane"]) for row in right if row["pid"] is not None}
    return Raced(
        contender,
        len(right),
        len(rows) - len(right),
        min(took, default=None),
        max(took, default=None),
        at_once(right),
        len({pid for pid, _ in lanes}),
        len(lanes),
        by_kind(Counter(_errors(rows))),
    )


def _errors(rows: list[Row]) -> list[str]:
    return [row["error"] for row in rows if row["error"] is not None]


def at_once(rows: Iterable[Row]) -> int:
    """The most requests between their start and their end at any moment; an end comes before a start of that moment.

    One that took no time that the clock can tell was still one.
    """
    spans = [(row["started"], row["finished"]) for row in rows if row["started"] is not None]
    moments = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    most, now = min(1, len(spans)), 0
    for _, change in moments:
        now += change
        most = max(most, now)
    return most


def sentence(one: Raced) -> str:
    """What happened, in words."""
    if not one.answered or one.last_ms is None:
        return f"{one.contender} answered none of {one.errors} ({one.kinds})"
    last = f"the last answer after {one.last_ms / 1000:.2f} s" + (
        f", {one.errors} failed ({one.kinds})" if one.errors else ""
    )
    if not one.at_once:  # hello, stream and sse name nobody
        return f"{one.contender} answered {one.answered} and does not say who served them, {last}"
    rounds = -(-one.answered // one.at_once)
    return (
        f"{one.contender} served {one.at_once} at a time in {one.processes} process{'es' * (one.processes != 1)}: "
        f"{rounds} round{'s' * (rounds != 1)}, {last}"
    )


# --- points -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pointed:
    """One contender at one point, over its repeats: medians, never averages of percentiles."""

    contender: str
    point: float
    repeats: int
    spread_pct: float | None  # of throughput: (highest - lowest) / median
    errors: int
    timeouts: int
    values: dict[str, float | None]


MEDIANS = ("rps", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms", "mean_ms", "cpu_pct", "rss_mb")


def pointed(rows: Iterable[Row]) -> list[Pointed]:
    grouped: dict[tuple[str, float], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["contender"], row["point"]].append(row)
    return [_pointed(*key, own) for key, own in grouped.items()]


def _pointed(contender: str, point: float, rows: list[Row]) -> Pointed:
    values = {name: middle([row[name] for row in rows]) for name in MEDIANS}
    rates = [row["rps"] for row in rows]
    spread_pct = 100 * spread(rates) if values["rps"] and len(rows) > 1 else None
    total = {name: sum(row[name] for row in rows) for name in ("errors", "timeouts")}
    return Pointed(contender, point, len(rows), spread_pct, total["errors"], total["timeouts"], values)


def middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


# --- probes -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Probed:
    contender: str
    via: str
    phase: str
    sent: int
    errors: int
    p50_ms: float | None
    p99_ms: float | None
    max_ms: float | None


def probed(rows: Iterable[Row]) -> list[Probed]:
    grouped: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["contender"], row["via"], row["phase"]].append(row)
    return [_probed(*key, own) for key, own in grouped.items()]


def _probed(contender: str, via: str, phase: str, rows: list[Row]) -> Probed:
    errors = sum(row["error"] is not None for row in rows)
    latencies = Latencies(took for row in rows if (took := _waited(row)) is not None)
    return Probed(contender, via, phase, len(rows), errors, latencies.p50, latencies.p99, latencies.max)


def _waited(row: Row) -> float | None:
    """Milliseconds; of one that timed out at least these, or those who suffer most would not count at all."""
    if row["error"] is None:
        return float(1000 * (row["received"] - row["due"]))
    return 1000 * PROBE_TIMEOUT if row["error"] == "timeout" else None


def by(rows: Iterable[Row], name: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[name]].append(row)
    return dict(groups)
