"""sweep, rate and capacity: a contender under load, point by point, and whether its figures can be believed."""

import math
from collections import defaultdict
from dataclasses import replace

from bench.loadgen import Load, Request, Schedule, Window, closed_loop, constant, open_loop, poisson
from bench.loadgen.result import CONNECTIONS
from bench.scenarios.point import Loading, Point, Points
from bench.scenarios.report import Report
from bench.scenarios.verdict import middle, throughput, verdict
from bench.stats import Doubt, Search
from bench.target import lab
from experiments.registry import Capacity, Rate, Sweep
from experiments.samples import PointSample

SMALLEST_POOL, ROOM = 64, 4  # connections; and times as many as are in use while nothing is in the way
TRIAL = 5.0  # seconds of one rate in a search: 50 requests behind a p99 at 1,000 a second
TRIALS = 15  # about as many as a search takes, for the time left
LONGEST_WARMUP = 3.0  # seconds, of a closed loop
BEHIND = 0.02  # share of the answers that may come late: below it, chance at the window's edges
START = 50.0  # requests a second, with which a search begins: below what a single sync worker answers


async def sweep(params: Sweep, contenders: list[str], report: Report) -> None:
    """Closed loop. Interleaved: a machine that slows down in between slows all contenders down, not the last one."""
    points = Points(params, report)
    await points.prepare(contenders)
    order = [
        Point(contender, point, repeat)
        for repeat in range(1, params.repeats + 1)
        for point in params.points
        for contender in contenders
    ]
    await points.measure_all(order, lambda point: in_flight(int(point.point)), params, "in flight")
    verdict(points.measured, report, throughput)


def in_flight(concurrency: int) -> Loading:
    """Warmed up no longer than it takes: a closed loop waits for its first answers by itself."""

    async def loading(request: Request, window: Window, timeout: float) -> Load:
        warm = replace(window, warmup=min(LONGEST_WARMUP, window.warmup))
        return await closed_loop(request, concurrency, warm, timeout)

    return loading


async def rate(params: Rate, contenders: list[str], report: Report) -> None:
    """Open loop, interleaved too."""
    points = Points(params, report)
    await points.prepare(contenders)
    order = [Point(each, params.rate, repeat) for repeat in range(1, params.repeats + 1) for each in contenders]
    takes = lab.takes(params)
    await points.measure_all(order, lambda point: at_rate(point, params.arrivals, takes), params, "a second")
    verdict(points.measured, report, middle)


def at_rate(point: Point, arrivals: str, takes: float) -> Loading:
    """`takes`: seconds of one request."""

    async def loading(request: Request, window: Window, timeout: float) -> Load:
        schedule = _schedule(point, arrivals, window.warmup + window.seconds)
        load = await open_loop(request, schedule, window, timeout, pool(point.point, takes))
        load.needed = point.point * takes
        return load

    return loading


def _schedule(point: Point, arrivals: str, seconds: float) -> Schedule:
    """Random arrivals differ from repeat to repeat, but not from contender to contender: all get the same bunches."""
    if arrivals == "poisson":
        return poisson(point.point, seconds, seed=point.repeat)
    return constant(point.point, seconds)


def pool(rate: float, takes: float) -> int:
    """Connections of a client that is no bottleneck: several times what Little's law says are in use.

    No more than that: a request that finds none free waits in the client, as in every real one. Its latency counts
    from when it was due all the same; the uncorrected one, from when it was sent, shows what that leaves out.
    """
    return min(CONNECTIONS, max(SMALLEST_POOL, math.ceil(ROOM * rate * takes)))


async def capacity(params: Capacity, contenders: list[str], report: Report) -> None:
    """Open loop at rates between one that keeps the promise and one that does not, contender by contender."""
    points = Points(params, report)
    await points.prepare(contenders)
    for turn, contender in enumerate(contenders):
        report.notice("contender", contender=contender)
        searching, found = Search(START), defaultdict[float | None, list[Doubt]](list)
        while (tried := searching.rate) is not None:
            done, until = (min(turn + part / TRIALS, turn + 1) for part in (searching.trials, searching.trials + 1))
            told = f"{contender}, {tried:g} a second, trial {searching.trials + 1}"
            report.begin(told, done / len(contenders), until / len(contenders), points.stretch(TRIAL))
            point = Point(contender, tried, searching.tried(tried) + 1)
            measured = await points.measure(point, at_rate(point, "constant", lab.takes(params)), TRIAL)
            searching.tell(passed=keeps(params, measured.row))
            found[tried] += measured.doubts
        answer = searching.answer
        counts = {"low": answer.low, "high": answer.high, "repeats": answer.tried_low, "passed": answer.passed}
        text, doubtful = f"{contender}: {answer.text}", found[answer.high]
        least = any(doubt.generator for doubt in doubtful)  # it failed, and the contender may not be why
        if least:
            text += "; the generator was a limit there: at least the first"
        elif doubtful:
            text += "; a trial there is in doubt, and others may be why it failed"
        report.notice("answer", contender=contender, rate=answer.low, **counts, generator_limited=least, text=text)
    verdict(points.measured, report, figure=None)


def keeps(params: Capacity, row: PointSample) -> bool:
    """The promise; a time-out breaks it like an error, and so does a line that grows: its latency only begins to."""
    asked = row.requests + row.errors + row.timeouts
    failed = (row.errors + row.timeouts) / asked if asked else 1.0
    behind = row.requests - row.rps * row.seconds  # answered, but only after the window
    in_time = behind <= max(1, BEHIND * row.requests)
    return in_time and failed <= params.max_errors and row.p99_ms is not None and row.p99_ms <= params.p99_ms
