"""workers: how many of them? Capacity at a goal for each number of workers, and what theory says of it."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from bench.notices import Notice, Verdict
from bench.scenarios.calibration import calibrated
from bench.scenarios.load import at_rate, meets_goal
from bench.scenarios.point import Measured, Point, Points
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict_on_points
from bench.stats import Search
from bench.stats.advice import has_few_responses
from bench.stats.select import by
from bench.stats.spoken import count
from bench.stats.theory import Model, Work, capacity
from bench.target import lab
from bench.target import workers as processes
from bench.target.replicas import NoAnswer
from bench.views.drawing import WIDTH, colour_of
from bench.views.parts import FEW, Line, Part, Table, number, p99_of, percent
from experiments.workers import Workers, WorkersSample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TRIAL = 3.0  # seconds of one rate
TRIALS = 6  # at most, so that five counts of three contenders end in ten minutes: four are usual
# A coarser search than capacity's: from nine tenths of what theory says, in steps of a quarter.
BEGIN, STEP, BRACKET = 0.9, 1.25, 0.12
HIGHEST = 10_000.0  # requests a second: beyond, the generator comes too late
MAX_ERRORS = 0.001
GAIN = 1.15  # times what fewer workers carry, below which more are not worth their memory
ENDS = {
    "cores": "all cores are busy, which nginx and the load generator share",
    "workers": "more of them share the same cores, with nginx and the load generator",
    "pool": "it is no longer their pools that end it",
}


async def run(params: Workers, contenders: list[str], report: Report) -> Verdict:
    turns = [(contender, size) for contender in contenders for size in sorted(params.counts)]
    measured: list[Measured] = []
    for turn, (contender, size) in enumerate(turns):
        each = lab.service_seconds(params)
        report.turn(f"{contender}, {size} workers", turn, len(turns), 4 * (TRIAL + 2 * each + 1) + 3)
        try:
            await asyncio.to_thread(processes.change, contender, size)
            work, model = await calibrated(contender, params)
            measured += await _one(params, contender, size, work, model, report)
        except NoAnswer as error:
            report.sample(WorkersSample(contender=contender, workers=size, error=str(error)))
    return verdict_on_points(measured, figure=None)


async def _one(params: Workers, contender: str, count: int, work: Work, model: Model, report: Report) -> list[Measured]:
    points = Points(params, report, rows=False)
    await points.prepare([contender])
    bound, limit = capacity(model, work, count)
    searching = Search(BEGIN * min(bound, HIGHEST), width=BRACKET, repeats=1, most=TRIALS, step=STEP)
    by_rate: dict[float, Measured] = {}
    while (rate := searching.rate) is not None:
        point = Point(contender, rate, searching.tried(rate) + 1)
        by_rate[rate] = await points.measure(point, at_rate(point, "constant", work.whole), TRIAL)
        searching.record(passed=meets_goal(by_rate[rate].row, params.p99_ms, MAX_ERRORS))
    answer = searching.answer
    best = by_rate.get(answer.low or 0)
    report.sample(
        WorkersSample(
            contender=contender,
            workers=count,
            rate=answer.low,
            failed_rate=answer.high,
            p50_ms=best.row.p50_ms if best else None,
            p99_ms=best.row.p99_ms if best else None,
            cpu_pct=best.row.cpu_pct if best else None,
            memory_mb=next((each.row.rss_mb for each in by_rate.values() if each.row.rss_mb is not None), None),
            responses=best.row.requests + best.row.timeouts if best else None,
            doubted=not all(each.valid for rate, each in by_rate.items() if rate in (answer.low, answer.high)),
            predicted_rate=round(bound, 3),
            predicted_p99_ms=round(1000 * work.whole, 3),
            limit=limit,
        )
    )
    return list(by_rate.values())


def summarise(rows: Sequence[WorkersSample], _notices: Sequence[Notice]) -> list[dict[str, Any]]:
    knees = [knee(own) for own in by(rows, "contender").values()]
    return [row.model_dump(mode="json") | {"knee": row in knees} for row in rows]


def sentences(_params: dict[str, Any], rows: Sequence[WorkersSample], _notices: Sequence[Notice]) -> list[str]:
    return [_knee(name, own) for name, own in by(rows, "contender").items()]


def _knee(name: str, rows: list[WorkersSample]) -> str:
    """The number of workers above which there is nothing to gain."""
    best = knee(rows)
    if best is None:
        return f"{name}: {next((row.error for row in rows if row.error), 'met the target at no rate')}"
    count_of = count(best.workers, "worker")
    if best.workers == max(row.workers for row in rows if row.rate is not None):
        return f"{name} gains from each worker: {best.rate:,.0f} requests a second with {count_of}."
    beyond = f"{name} gains nothing after {count_of}, {best.rate:,.0f} requests a second"
    return f"{beyond}: {ENDS[best.limit]}." if best.limit else f"{beyond}."


def knee(rows: Sequence[WorkersSample]) -> WorkersSample | None:
    """Of one contender: the fewest workers that carry about as much as any number of them."""
    most = max((row.rate for row in rows if row.rate is not None), default=0)
    enough = (row for row in rows if row.rate is not None and row.rate * GAIN >= most)
    return min(enough, key=lambda row: row.workers, default=None)


def table(rows: Sequence[WorkersSample], notices: Sequence[Notice]) -> Iterable[Part]:
    shown = Table(("contender", "workers", "req/s", "model", "ratio", "p50", "p99", "CPU", "MiB", ""))
    for row in rows:
        share = None if not row.rate or not row.predicted_rate else 100 * row.rate / row.predicted_rate
        shown.add(
            row.contender,
            str(row.workers),
            *map(number, (row.rate, row.predicted_rate)),
            percent(share),
            number(row.p50_ms),
            p99_of(row),
            percent(row.cpu_pct),
            number(row.memory_mb),
            "?" if row.doubted else "",
        )
    yield shown
    yield Line("highest rate that met the target; p50 and p99 at it, in ms; CPU of one core", "dim")
    if any(map(has_few_responses, rows)):
        yield Line(FEW, "dim")


def draw(figure: Figure, rows: Sequence[WorkersSample]) -> None:
    """Capacity over workers, with the line of theory; memory below."""
    figure.set_size_inches(WIDTH, 7)
    above, below = figure.subplots(2, sharex=True)
    for name, own in by(rows, "contender").items():
        colour, known = colour_of(name), [row for row in own if row.rate is not None]
        x = [row.workers for row in known]
        above.plot(x, [row.rate for row in known], marker="o", color=colour, label=name)
        if (best := knee(own)) is not None:
            above.annotate(
                "knee", (best.workers, best.rate), (0, 8), textcoords="offset points", color=colour, fontsize=8
            )
        theory = [row for row in own if row.predicted_rate is not None]
        above.plot([row.workers for row in theory], [row.predicted_rate for row in theory], ls="--", color=colour)
        memory = [row for row in own if row.memory_mb is not None]
        below.plot([row.workers for row in memory], [row.memory_mb for row in memory], marker="o", color=colour)
    above.set_ylabel("req/s (dashed: model)")
    below.set(ylabel="MiB", xlabel="workers", xscale="log")
    below.set_xscale("log", base=2)
    below.xaxis.set_major_formatter("{x:g}")
    above.legend(fontsize=7, ncols=2)
    for axis in (above, below):
        axis.grid(alpha=0.3)


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=draw,
)
