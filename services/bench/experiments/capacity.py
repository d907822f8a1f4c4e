"""capacity: the highest rate that meets a goal, found by trials."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from bench.notices import Notice, RateFound, TurnBegan, Verdict, of
from bench.scenarios.load import at_rate, meets_goal, share_load
from bench.scenarios.point import Point, Points
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict_on_points
from bench.stats import Answer, Search, ValidityWarning
from bench.stats.phrases import milliseconds
from bench.stats.points import succeeded, summarise
from bench.stats.search import REPEATS
from bench.views import points as view
from bench.views.drawing import draw_curves
from bench.views.parts import Line, Part
from experiments.capacity import Capacity
from experiments.schema.samples import PointSample

TRIAL = 5.0  # seconds of one rate in a search: with its repeats enough responses for a p99 from 67 req/s on
TRIALS = 15  # about as many as a search takes, for the time left
START = 50.0  # requests a second, with which a search begins: below what a single sync worker answers


async def run(params: Capacity, contenders: list[str], report: Report) -> Verdict:
    """Open loop at rates between one that meets the goal and one that does not, contender by contender."""
    points = Points(params, report, repeats=REPEATS)
    await points.prepare(contenders)
    async with share_load(params.generators) as run_load:
        for turn, contender in enumerate(contenders):
            report.notice(TurnBegan(contender=contender))
            searching, found = Search(START), defaultdict[float | None, list[ValidityWarning]](list)
            while (tried := searching.rate) is not None:
                done, until = (min(turn + part / TRIALS, turn + 1) for part in (searching.trials, searching.trials + 1))
                what = f"{contender}, {tried:g} req/s, trial {searching.trials + 1}"
                report.begin(
                    what, done / len(contenders), until / len(contenders), points.expected_seconds(contender, TRIAL)
                )
                point = Point(contender, tried, searching.attempts(tried) + 1)
                loading = at_rate(point, "constant", points.service_seconds(contender), run_load)
                measured = await points.measure(point, loading, TRIAL)
                searching.record(passed=meets_goal(measured.row, params.p99_ms, params.max_errors))
                found[tried] += measured.warnings
            answer = searching.answer
            report.notice(_answer(contender, answer, found[answer.high]))
    return verdict_on_points(points.measured, figure=None)


def _answer(contender: str, answer: Answer, warnings: list[ValidityWarning]) -> RateFound:
    """`warnings` of the rate that failed: the contender may not be why."""
    text, limited = f"{contender}: {answer.text}", any(warning.generator for warning in warnings)
    if limited:
        text += "; generator-limited: the first is a lower bound"
    elif not all(warning.percentile for warning in warnings):
        text += "; a trial has a validity warning: other load may be why it failed"
    if any(warning.percentile for warning in warnings):
        text += "; too few responses for a p99: chance may have decided"
    return RateFound(
        contender=contender,
        rate=answer.low,
        low=answer.low,
        high=answer.high,
        repeats=answer.tried_low,
        passed=answer.passed,
        generator_limited=limited,
        text=text,
    )


def sentences(params: dict[str, Any], _rows: Sequence[PointSample], notices: Sequence[Notice]) -> list[str]:
    answers = sorted(of(RateFound, notices), key=lambda answer: -(answer.rate or 0))
    if not answers:
        return []
    carried = ", ".join(map(_capacity_of, answers))
    return [f"At p99 ≤ {milliseconds(params['p99_ms'])}, {carried}."]


def _capacity_of(answer: RateFound) -> str:
    if answer.rate is None:
        return f"{answer.contender} sustains under {answer.high or 0:,.0f} req/s"
    return f"{answer.contender} sustains {answer.rate:,.0f} req/s"


def table(rows: Sequence[PointSample], notices: Sequence[Notice]) -> Iterable[Part]:
    yield from view.table("rate", rows, notices)
    yield from (Line(each.text) for each in of(RateFound, notices))


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=partial(draw_curves, across="arrival rate (req/s)"),
    succeeded=succeeded,
)
