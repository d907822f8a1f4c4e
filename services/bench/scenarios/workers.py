"""workers: how many of them? Capacity at a promise for each number of workers, and what theory says of it."""

import asyncio

from bench.scenarios.calibration import calibrated
from bench.scenarios.load import at_rate, meets_goal
from bench.scenarios.point import Measured, Point, Points
from bench.scenarios.report import Report
from bench.scenarios.verdict import Verdict, verdict_on_points
from bench.stats import Search
from bench.stats.theory import Model, Work, capacity
from bench.target import lab, workers
from bench.target.replicas import NoAnswer
from experiments.registry import Workers
from experiments.samples import WorkersSample

TRIAL = 3.0  # seconds of one rate
TRIALS = 6  # at most, so that five counts of three contenders end in ten minutes: four are usual
# A coarser search than capacity's: from nine tenths of what theory says, in steps of a quarter.
BEGIN, STEP, WIDTH = 0.9, 1.25, 0.12
HIGHEST = 10_000.0  # requests a second: beyond, the generator comes too late
MAX_ERRORS = 0.001


async def how_many(params: Workers, contenders: list[str], report: Report) -> Verdict:
    turns = [(contender, count) for contender in contenders for count in sorted(params.counts)]
    measured: list[Measured] = []
    for turn, (contender, count) in enumerate(turns):
        each = lab.service_seconds(params)
        report.turn(f"{contender}, {count} workers", turn, len(turns), 4 * (TRIAL + 2 * each + 1) + 3)
        try:
            await asyncio.to_thread(workers.change, contender, count)
            work, model = await calibrated(contender, params)
            measured += await _one(params, contender, count, work, model, report)
        except NoAnswer as error:
            report.sample(WorkersSample(contender=contender, workers=count, error=str(error)))
    return verdict_on_points(measured, figure=None)


async def _one(params: Workers, contender: str, count: int, work: Work, model: Model, report: Report) -> list[Measured]:
    points = Points(params, report, rows=False)
    await points.prepare([contender])
    bound, limit = capacity(model, work, count)
    searching = Search(BEGIN * min(bound, HIGHEST), width=WIDTH, repeats=1, most=TRIALS, step=STEP)
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
