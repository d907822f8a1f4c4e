"""Probes of each phase, and who degraded: what victim and slow-clients have in common."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from bench.notices import Notice
from bench.stats.latencies import Latencies, too_few_for
from bench.stats.phrases import milliseconds, times
from bench.stats.tail import P99, Tail, tail
from experiments.schema.samples import PROBE_TIMEOUT, ProbeSample


@dataclass(frozen=True, slots=True)
class ProbeSummary:
    contender: str
    via: str
    phase: str
    sent: int
    errors: int  # beside time-outs
    timeouts: int
    p50_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    too_few_for: tuple[str, ...] = ()

    def latency(self, by: Tail) -> float | None:
        return self.p99_ms if by is P99 else self.max_ms


def summarise_probes(rows: Iterable[ProbeSample]) -> list[ProbeSummary]:
    grouped: dict[tuple[str, str, str], list[ProbeSample]] = defaultdict(list)
    for row in rows:
        grouped[row.contender, row.via, row.phase].append(row)
    return [_summarise(*key, own) for key, own in grouped.items()]


def _summarise(contender: str, via: str, phase: str, rows: list[ProbeSample]) -> ProbeSummary:
    timeouts = sum(row.error == "timeout" for row in rows)
    errors = sum(row.error is not None for row in rows) - timeouts
    latencies = Latencies(took for row in rows if (took := waited_ms(row)) is not None)
    figures = (latencies.p50, latencies.p99, latencies.max)
    return ProbeSummary(contender, via, phase, len(rows), errors, timeouts, *figures, too_few_for(len(latencies)))


def waited_ms(row: ProbeSample) -> float | None:
    """Of a probe; of one that timed out at least its time-out, or those who suffer most would not count at all."""
    if row.error is None and row.received is not None:
        return 1000 * (row.received - row.due)
    return 1000 * PROBE_TIMEOUT if row.error == "timeout" else None


def summarise(rows: Iterable[ProbeSample], _notices: Iterable[Notice]) -> list[dict[str, Any]]:
    """A line a phase, as JSON."""
    return [asdict(each) for each in summarise_probes(rows)]


DEGRADED = 5  # times the latency before, from which on a probe has degraded


def sentences(_params: dict[str, Any], rows: Iterable[ProbeSample], _notices: Iterable[Notice]) -> list[str]:
    """Who degraded, the worst first, and whom it hardly touched: by one figure for all of them."""
    phases = {(each.contender, each.via, each.phase): each for each in summarise_probes(rows)}
    slowest = tail(phases.values())
    ways = list(dict.fromkeys((contender, via) for contender, via, _ in phases))
    several = len({via for _, via in ways}) > 1
    compared = [
        (f"{contender} ({via})" if several else contender, usual, during)
        for contender, via in ways
        if (before := phases.get((contender, via, "before"))) and (during := phases.get((contender, via, "during")))
        if (usual := before.latency(slowest))
    ]
    ordered = sorted(compared, key=lambda each: -_factor(each[1], each[2].latency(slowest)))
    degraded = [each for each in ordered if _factor(each[1], each[2].latency(slowest)) >= DEGRADED or lost_of(each[2])]
    calm = [who for who, *rest in ordered if (who, *rest) not in degraded]
    if not degraded:
        steady = f"No contender degraded: the probe {slowest.name} stayed below {DEGRADED}× its baseline."
        return [steady] if ordered else []
    answered = [
        _suffering(who, usual, took, during)
        for who, usual, during in degraded
        if (took := during.latency(slowest)) is not None
    ]
    silent = [
        f"{who} answered 0 of {during.sent} probes during the attack."
        for who, _, during in degraded
        if during.latency(slowest) is None
    ]
    rose = [f"The probe {slowest.name} rose {'; '.join(answered)}."] if answered else []
    return [*rose, *silent, *([f"Little change: {', '.join(calm)}."] if calm else [])]


def lost_of(during: ProbeSummary) -> int:
    return during.errors + during.timeouts


def _factor(before: float, during: float | None) -> float:
    return math.inf if during is None else during / before


def _suffering(who: str, before: float, took: float, during: ProbeSummary) -> str:
    lost = lost_of(during)
    unanswered = f", {lost} of {during.sent} unanswered" if lost else ""
    return f"from {milliseconds(before)} to {milliseconds(took)} on {who} ({times(_factor(before, took))}×{unanswered})"
