"""rate: an open loop, requests on a schedule, answered or not."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Literal

from bench.notices import Notice, Refused, Verdict
from bench.scenarios.load import at_rate, interrupt_halfway, share_load
from bench.scenarios.point import Loading, Point, Points
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import median_of, verdict_on_points
from bench.stats.phrases import lost_of, milliseconds, times
from bench.stats.points import PointSummary, failed, succeeded, summarise, summarise_points
from bench.stats.select import by
from bench.stats.tail import P99, Tail, tail
from bench.target.replicas import NoAnswer
from bench.target.server import signal_server
from bench.views import points as view
from bench.views.drawing import draw_curves
from bench.views.parts import Part, Table, mark, ms
from contender.catalogue import in_order
from experiments.rate import Rate
from experiments.schema.samples import PointSample

HIDDEN = 1.5  # corrected over uncorrected latency, from which on coordinated omission is worth a sentence


async def run(params: Rate, contenders: list[str], report: Report) -> Verdict:
    """Open loop, interleaved too."""
    points = Points(params, report, repeats=params.repeats)
    await points.prepare(contenders)
    order = [Point(each, params.rate, repeat) for repeat in range(1, params.repeats + 1) for each in contenders]

    async with share_load(params.generators) as run_load:

        def loading(point: Point) -> Loading:
            loading = at_rate(point, params.arrivals, points.service_seconds(point.contender), run_load)
            if params.halfway is None:
                return loading
            return interrupt_halfway(loading, partial(_send_signal, point.contender, params.halfway, report))

        await points.measure_all(order, loading, params, "req/s")
    return verdict_on_points(points.measured, median_of)


def _send_signal(contender: str, what: Literal["reload", "restart"], report: Report) -> None:
    try:
        signal_server(contender, what)
    except NoAnswer as error:
        report.notice(Refused(contender=contender, text=f"No signal sent: {error}"))


def sentences(params: dict[str, Any], rows: Sequence[PointSample], notices: Sequence[Notice]) -> list[str]:
    points = summarise_points(rows, notices)
    signal = params.get("halfway")
    lost = _interruption_cost(signal, rows) if signal else []
    answered = [each for each in points if each.p99_ms is not None]
    if not answered:
        return [*lost, "No responses."] if points else []
    slowest = tail(answered)
    answered.sort(key=lambda each: each.latency(slowest))
    first, last = answered[0], answered[-1]
    lowest = f"At {first.point:,g} req/s, the {slowest.name} of {first.contender} is"
    others = f"; of {last.contender} {milliseconds(last.latency(slowest))}" if len(answered) > 1 else ""
    few = "" if slowest is P99 else " (too few responses for a p99)"
    return [
        *lost,
        f"{lowest} {milliseconds(first.latency(slowest))}{others}{few}.",
        *_hidden_delay(last, slowest),
        *_hidden_queue(answered),
    ]


def _interruption_cost(signal: str, rows: Sequence[PointSample]) -> list[str]:
    """What that cost each contender."""
    phrases = []
    contenders = by(rows, "contender")
    for contender in in_order(contenders):
        own = contenders[contender]
        lost = sum(map(failed, own))
        phrases.append(lost_of(contender, lost, lost + sum(row.requests for row in own)))
    return [f"On a {signal} mid-run, {'; '.join(phrases)}."]


def _hidden_delay(point: PointSummary, slowest: Tail) -> list[str]:
    """By coordinated omission."""
    naive, corrected = point.uncorrected(slowest), point.latency(slowest)
    if not naive or corrected <= HIDDEN * naive:
        return []
    shown = f"Uncorrected, the {slowest.name} of {point.contender} would read {milliseconds(naive)}"
    return [f"{shown}, {times(corrected / naive)}× too low."]


def _hidden_queue(points: list[PointSummary]) -> list[str]:
    """By what the application measures: its request begins when a worker takes it."""
    hidden = [
        (each.p99_ms / each.app_p99_ms, each.contender, each.p99_ms, each.app_p99_ms)
        for each in points
        if each.p99_ms is not None and each.app_p99_ms
    ]
    factor, contender, p99, own = max(hidden, default=(0.0, "", 0.0, 0.0))
    if factor <= HIDDEN:
        return []
    read = f"The p99 that {contender} reports of itself is {milliseconds(own)}"
    return [f"{read}; the bench's, {milliseconds(p99)}, is {times(factor)}× higher."]


def table(rows: Sequence[PointSample], notices: Sequence[Notice]) -> Iterable[Part]:
    yield from view.table("rate", rows, notices)
    points = summarise_points(rows, notices)
    observed = any(each.app_p99_ms is not None for each in points)
    shown = Table(("contender", "p99 corrected", "p99 uncorrected", *(["p99 in the application"] if observed else [])))
    for each in points:
        p99s = map(ms, (each.p99_ms, each.uncorrected_p99_ms))
        own = [ms(each.app_p99_ms)] if observed else []
        shown.add(each.contender, *(mark(p99, "p99_ms", each.too_few_for) for p99 in p99s), *own)
    yield shown


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=partial(draw_curves, across="arrival rate (req/s)"),
    succeeded=succeeded,
)
