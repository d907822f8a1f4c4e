"""sweep: a closed loop, a number of requests in flight, point by point."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from bench.notices import Notice, Verdict
from bench.scenarios.load import in_flight, share_load
from bench.scenarios.point import Point, Points
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import throughput, verdict_on_points
from bench.stats.points import PointSummary, succeeded, summarise, summarise_points
from bench.views import points as view
from bench.views.drawing import draw_curves
from bench.views.parts import Line, Part
from experiments.schema.samples import PointSample
from experiments.sweep import Sweep

_BARS = "▁▂▃▄▅▆▇█"


async def run(params: Sweep, contenders: list[str], report: Report) -> Verdict:
    """Closed loop. Interleaved: a machine that slows down in between slows all contenders down, not the last one."""
    points = Points(params, report, repeats=params.repeats)
    await points.prepare(contenders)
    order = [
        Point(contender, point, repeat)
        for repeat in range(1, params.repeats + 1)
        for point in params.points
        for contender in contenders
    ]
    async with share_load(params.generators) as run_load:
        await points.measure_all(order, lambda point: in_flight(int(point.point), run_load), params, "in flight")
    return verdict_on_points(points.measured, throughput)


def sentences(_params: dict[str, Any], rows: Sequence[PointSample], _notices: Sequence[Notice]) -> list[str]:
    """Each contender where it carries most."""
    best: dict[str, PointSummary] = {}
    for each in summarise_points(rows):
        if each.contender not in best or _rps(each) > _rps(best[each.contender]):
            best[each.contender] = each
    if not best:
        return []
    ordered = sorted(best.values(), key=_rps, reverse=True)
    first, last = ordered[0], ordered[-1]
    most = f"{first.contender} peaks at {_rps(first):,.0f} req/s with {first.point:g} in flight"
    least = f"; {last.contender} {_rps(last):,.0f} with {last.point:g}" if len(ordered) > 1 else ""
    return [f"{most}{least}."]


def _rps(point: PointSummary) -> float:
    return point.rps or 0.0


def table(rows: Sequence[PointSample], notices: Sequence[Notice]) -> Iterable[Part]:
    yield from view.table("in flight", rows, notices)
    for contender, sparkline in _sparklines(summarise_points(rows)).items():
        yield Line(f"{contender:>10} {sparkline} req/s, point by point")


def _sparklines(points: Sequence[PointSummary]) -> dict[str, str]:
    most = max(map(_rps, points), default=0) or 1
    lines: dict[str, str] = {}
    for each in points:
        height = int((len(_BARS) - 1) * _rps(each) / most)
        lines[each.contender] = lines.get(each.contender, "") + _BARS[height]
    return lines


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=partial(draw_curves, across="requests in flight", doubling=True),
    succeeded=succeeded,
)
