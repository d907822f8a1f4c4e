"""sweep, rate and capacity: a contender under load, point by point, and whether its figures can be believed."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from bench.loadgen import Load, Request, Schedule, Window, bursts, constant, poisson
from bench.loadgen.order import Order
from bench.scenarios.point import Loading, Point, Points, pool
from bench.scenarios.report import Report
from bench.scenarios.verdict import Verdict, middle, throughput, verdict_on_points
from bench.stats import Answer, Doubt, Search
from bench.stats.search import REPEATS
from bench.target.generators import generators
from bench.target.replicas import NoAnswer
from bench.target.server import tell
from experiments.registry import Capacity, Rate, Sweep
from experiments.samples import PointSample

TRIAL = 5.0  # seconds of one rate in a search: with its repeats enough responses for a p99 from 67 req/s on
TRIALS = 15  # about as many as a search takes, for the time left
LONGEST_WARMUP = 3.0  # seconds, of a closed loop
BEHIND = 0.02  # share of the answers that may come late: below it, chance at the window's edges
START = 50.0  # requests a second, with which a search begins: below what a single sync worker answers


async def sweep(params: Sweep, contenders: list[str], report: Report) -> Verdict:
    """Closed loop. Interleaved: a machine that slows down in between slows all contenders down, not the last one."""
    points = Points(params, report, repeats=params.repeats)
    await points.prepare(contenders)
    order = [
        Point(contender, point, repeat)
        for repeat in range(1, params.repeats + 1)
        for point in params.points
        for contender in contenders
    ]
    async with shared(params.generators) as carry_out:
        await points.measure_all(order, lambda point: in_flight(int(point.point), carry_out), params, "in flight")
    return verdict_on_points(points.measured, throughput)


CarryOut = Callable[[Order], Awaitable[Load]]


@asynccontextmanager
async def shared(count: int | None) -> AsyncIterator[CarryOut]:
    """What carries out an order: this process, or several generators. Raises NoAnswer where they are not up."""
    if count in (None, 1):
        yield Order.carry_out
        return
    async with generators(count) as together:
        yield together.carry_out


def in_flight(concurrency: int, carry_out: CarryOut = Order.carry_out) -> Loading:
    """Warmed up no longer than it takes: a closed loop waits for its first answers by itself."""

    async def loading(request: Request, window: Window, timeout: float) -> Load:
        warm = replace(window, warmup=min(LONGEST_WARMUP, window.warmup))
        return await carry_out(Order(request, warm, timeout, clients=concurrency))

    return loading


async def rate(params: Rate, contenders: list[str], report: Report) -> Verdict:
    """Open loop, interleaved too."""
    points = Points(params, report, repeats=params.repeats)
    await points.prepare(contenders)
    order = [Point(each, params.rate, repeat) for repeat in range(1, params.repeats + 1) for each in contenders]

    async with shared(params.generators) as carry_out:

        def loading(point: Point) -> Loading:
            loading = at_rate(point, params.arrivals, points.service_seconds(point.contender), carry_out)
            if params.halfway is None:
                return loading
            return interrupted(loading, partial(_tell, point.contender, params.halfway, report))

        await points.measure_all(order, loading, params, "req/s")
    return verdict_on_points(points.measured, middle)


def interrupted(loading: Loading, interrupt: Callable[[], None]) -> Loading:
    """Halfway through, something is done to the contender; what it takes, it may take beyond the end."""

    async def interrupting(request: Request, window: Window, timeout: float) -> Load:
        async def later() -> None:
            await asyncio.sleep(window.warmup + window.seconds / 2)
            await asyncio.to_thread(interrupt)

        interruption = asyncio.create_task(later())
        try:
            load = await loading(request, window, timeout)
        except BaseException:
            interruption.cancel()
            raise
        await interruption
        return load

    return interrupting


def _tell(contender: str, what: Literal["reload", "restart"], report: Report) -> None:
    try:
        tell(contender, what)
    except NoAnswer as error:
        report.notice("refused", contender=contender, text=f"Not interrupted: {error}")


def at_rate(point: Point, arrivals: str, service_seconds: float, carry_out: CarryOut = Order.carry_out) -> Loading:
    async def loading(request: Request, window: Window, timeout: float) -> Load:
        schedule = _schedule(point, arrivals, window.warmup + window.seconds)
        connections = pool(point.point, service_seconds)
        load = await carry_out(Order(request, window, timeout, schedule=schedule, connections=connections))
        load.needed = point.point * service_seconds
        return load

    return loading


def _schedule(point: Point, arrivals: str, seconds: float) -> Schedule:
    """Random arrivals differ from repeat to repeat, but not from contender to contender: all get the same bunches."""
    if arrivals == "poisson":
        return poisson(point.point, seconds, seed=point.repeat)
    if arrivals == "bursts":
        return bursts(point.point, seconds)
    return constant(point.point, seconds)


async def capacity(params: Capacity, contenders: list[str], report: Report) -> Verdict:
    """Open loop at rates between one that meets the goal and one that does not, contender by contender."""
    points = Points(params, report, repeats=REPEATS)
    await points.prepare(contenders)
    async with shared(params.generators) as carry_out:
        for turn, contender in enumerate(contenders):
            report.notice("contender", contender=contender)
            searching, found = Search(START), defaultdict[float | None, list[Doubt]](list)
            while (tried := searching.rate) is not None:
                done, until = (min(turn + part / TRIALS, turn + 1) for part in (searching.trials, searching.trials + 1))
                what = f"{contender}, {tried:g} req/s, trial {searching.trials + 1}"
                report.begin(
                    what, done / len(contenders), until / len(contenders), points.expected_seconds(contender, TRIAL)
                )
                point = Point(contender, tried, searching.tried(tried) + 1)
                loading = at_rate(point, "constant", points.service_seconds(contender), carry_out)
                measured = await points.measure(point, loading, TRIAL)
                searching.record(passed=meets_goal(measured.row, params.p99_ms, params.max_errors))
                found[tried] += measured.doubts
            answer = searching.answer
            report.notice("answer", **_answer(contender, answer, found[answer.high]))
    return verdict_on_points(points.measured, figure=None)


def _answer(contender: str, answer: Answer, doubts: list[Doubt]) -> dict[str, Any]:
    """`doubts` of the rate that failed: the contender may not be why."""
    text, limited = f"{contender}: {answer.text}", any(doubt.generator for doubt in doubts)
    if limited:
        text += "; generator-limited: the first is a lower bound"
    elif not all(doubt.percentile for doubt in doubts):
        text += "; a trial has a validity warning: other load may be why it failed"
    if any(doubt.percentile for doubt in doubts):
        text += "; too few responses for a p99: chance may have decided"
    counts = {"low": answer.low, "high": answer.high, "repeats": answer.tried_low, "passed": answer.passed}
    return {"contender": contender, "rate": answer.low, **counts, "generator_limited": limited, "text": text}


def meets_goal(row: PointSample, p99_ms: float, max_errors: float) -> bool:
    """A time-out misses it like an error, and so does a queue that grows: its latency only begins to."""
    sent = row.requests + row.errors + row.timeouts
    failed = (row.errors + row.timeouts) / sent if sent else 1.0
    behind = row.requests - row.rps * row.seconds  # answered, but only after the window
    in_time = behind <= max(1, BEHIND * row.requests)
    return in_time and failed <= max_errors and row.p99_ms is not None and row.p99_ms <= p99_ms
