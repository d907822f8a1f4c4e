"""What sweep, rate, capacity and those that rest on them are made of: loads, and whether a goal is met."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from bench.loadgen import Load, Request, Schedule, Window, bursts, constant, poisson
from bench.loadgen.load_spec import LoadSpec
from bench.scenarios.point import Loading, Point, connection_limit
from bench.target.generators import generators
from experiments.schema.samples import PointSample

LONGEST_WARMUP = 3.0  # seconds, of a closed loop
BEHIND = 0.02  # share of the answers that may come late: below it, chance at the window's edges
CarryOut = Callable[[LoadSpec], Awaitable[Load]]


@asynccontextmanager
async def share_load(count: int | None) -> AsyncIterator[CarryOut]:
    """What carries out an order: this process, or several generators. Raises NoAnswer where they are not up."""
    if count in (None, 1):
        yield LoadSpec.run_load
        return
    async with generators(count) as together:
        yield together.run_load


def in_flight(concurrency: int, run_load: CarryOut = LoadSpec.run_load) -> Loading:
    """Warmed up no longer than it takes: a closed loop waits for its first answers by itself."""

    async def loading(request: Request, window: Window, timeout: float) -> Load:
        warm = replace(window, warmup=min(LONGEST_WARMUP, window.warmup))
        return await run_load(LoadSpec(request, warm, timeout, clients=concurrency))

    return loading


def interrupt_halfway(loading: Loading, interrupt: Callable[[], None]) -> Loading:
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


def at_rate(point: Point, arrivals: str, service_seconds: float, run_load: CarryOut = LoadSpec.run_load) -> Loading:
    async def loading(request: Request, window: Window, timeout: float) -> Load:
        schedule = _schedule(point, arrivals, window.warmup + window.seconds)
        connections = connection_limit(point.point, service_seconds)
        load = await run_load(LoadSpec(request, window, timeout, schedule=schedule, connections=connections))
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


def meets_goal(row: PointSample, p99_ms: float, max_errors: float) -> bool:
    """A time-out misses it like an error, and so does a queue that grows: its latency only begins to."""
    sent = row.requests + row.errors + row.timeouts
    failed = (row.errors + row.timeouts) / sent if sent else 1.0
    behind = row.requests - row.rps * row.seconds  # answered, but only after the window
    in_time = behind <= max(1, BEHIND * row.requests)
    return in_time and failed <= max_errors and row.p99_ms is not None and row.p99_ms <= p99_ms
