"""Requests to one contender while tracemalloc runs in its workers, and what that costs them."""

import asyncio
from contextlib import suppress
from typing import Any

from bench.loadgen import Load, Request, Window, burst
from bench.loadgen.closed import closed_loop
from bench.notices import MemoryTraced
from bench.scenarios.point import PATIENCE, Points
from bench.scenarios.report import Report
from bench.stats import Measurement, ValidityWarning
from bench.stats.growth import LINES, grown
from bench.target import lab
from bench.target.cost import Cost
from bench.target.replicas import NoAnswer
from bench.target.samplers import Samplers
from experiments.memory import Memory, MemorySample

AHEAD = 10  # the share of the requests that goes ahead: connections are open, and caches full
PAUSE = 0.2  # seconds between requests while workers are to reply: one that sleeps without any never runs a line


async def take_turn(params: Memory, points: Points, contender: str, beside: Samplers, report: Report) -> Measurement:
    requests = _Requests(params, contender, PATIENCE + points.service_seconds(contender))
    ahead = params.requests // AHEAD
    untraced, _ = await requests.send(ahead)
    try:
        processes = await requests.during(beside.trace(contender, "start"))
        await requests.send(ahead)
        before = await requests.during(beside.trace(contender, "read"))
        traced, load = await requests.send(params.requests)
        nudged = requests.nudged
        after = await requests.during(beside.trace(contender, "read"))
    finally:
        with suppress(NoAnswer):  # of which the run fails already
            await requests.during(beside.trace(contender, "stop"))
    completed = load.completed + requests.nudged - nudged
    failed = sum(load.errors.values()) + load.timeouts
    found = grown(_traces(before), _traces(after))
    for each in found[:LINES]:
        report.sample(
            MemorySample(
                contender=contender,
                file=each.file,
                line=each.line,
                bytes_per_request=round(each.size / completed, 2),
                kib=round(each.size / 1024, 2),
                objects=each.blocks,
                requests=completed,
                errors=failed,
            )
        )
    report.notice(
        MemoryTraced(
            contender=contender,
            processes=sum(each["processes"] for each in processes),
            cpu_us=untraced.per_request,
            traced_us=traced.per_request,
            overhead_mb=round(sum(each["overhead"] for each in after) / 2**20, 1),
            memory_mb=traced.cost.memory_mb,
        )
    )
    lost = traced.cost.process_lost or untraced.cost.process_lost
    return Measurement(contender, [ValidityWarning("process-lost").of(contender)] if lost else [])


class _Spent:
    def __init__(self, cost: Cost, load: Load) -> None:
        self.cost = cost
        self.per_request = cost.per_request_us(load)


class _Requests:
    def __init__(self, params: Memory, contender: str, timeout: float) -> None:
        self._contender = contender
        self._target: Request = lab.request_of(params, contender)
        self._in_flight = params.in_flight
        self._timeout = timeout
        self.nudged = 0

    async def send(self, count: int) -> tuple[_Spent, Load]:
        """So many, and those that are in flight by then."""
        cost, left, over = Cost(self._contender), count, asyncio.Event()

        def count_down(_: object) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                over.set()

        forever = Window(0, float("inf"))
        load = await closed_loop(
            self._target, min(self._in_flight, count), forever, self._timeout, over, on_exchange=count_down
        )
        cost.load_ended()
        cost.end()
        return _Spent(cost, load), load

    async def during(self, reply: Any) -> Any:
        """The reply of the workers, and requests that wake them meanwhile."""
        task = asyncio.ensure_future(reply)
        while not task.done():
            await burst(self._target, self._in_flight, self._timeout)  # as many as have reached all of them before
            self.nudged += self._in_flight
            await asyncio.wait([task], timeout=PAUSE)
        return await task


def _traces(replicas: list[dict[str, Any]]) -> list[Any]:
    return [trace for each in replicas for trace in each["traces"]]
