"""Probes at a steady pace: before, during and after a load on the contender."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from bench.loadgen import Exchange, Request, Window, constant, epoch, open_loop
from bench.loadgen.clocks import clock
from bench.notices import PhaseBegan
from bench.scenarios.report import Report
from bench.stats import ValidityWarning
from bench.stats.checks import check_load
from bench.target import lab
from bench.target.drain import drain_before
from experiments.schema.samples import PROBE_TIMEOUT, ProbeSample

Via = Literal["nginx", "direct"]
Phase = Literal["before", "during", "after"]
Attack = Callable[[asyncio.Event], Awaitable[object]]  # ends soon after the event


class Probing:
    """One contender by one way: a third of the time before, a third during, a third after."""

    def __init__(self, contender: str, via: Via, report: Report) -> None:
        self._contender, self._via, self._report = contender, via, report
        self._begin = self._end = float("inf")  # of the attack, by the generator's clock
        self._seq = 0

    async def run(self, attack: Attack, rate: float, seconds: float) -> list[ValidityWarning]:
        """The warnings about it; the same event loop attacks and probes, and may be late for both."""
        found = await drain_before(self._contender, direct=self._via == "direct")
        schedule, window = constant(rate, seconds), Window(0, seconds)
        async with asyncio.TaskGroup() as tasks:
            self._phase("before", clock())
            tasks.create_task(self._attack(attack, seconds / 3))
            probes = tasks.create_task(
                open_loop(self._probe(), schedule, window, PROBE_TIMEOUT, on_exchange=self._each)
            )
        return found + [warning.of(self._contender, self._via) for warning in check_load(probes.result())]

    def _probe(self) -> Request:
        """Each on a connection of its own, as of a new client."""
        alone = (("Connection", "close"),)
        return lab.hello(self._contender, direct=self._via == "direct", headers=alone)

    async def _attack(self, attack: Attack, third: float) -> None:
        await asyncio.sleep(third)
        self._begin = clock()
        self._phase("during", self._begin)
        over = asyncio.Event()
        attacking = asyncio.ensure_future(attack(over))
        await asyncio.sleep(third)
        self._end = clock()
        self._phase("after", self._end)
        over.set()
        await attacking

    def _phase(self, phase: Phase, at: float) -> None:
        self._report.notice(PhaseBegan(contender=self._contender, via=self._via, phase=phase, at=epoch(at)))

    def _phase_of(self, exchange: Exchange) -> Phase:
        if exchange.due < self._begin:
            return "before"
        return "after" if exchange.due >= self._end else "during"

    def _each(self, exchange: Exchange) -> None:
        self._seq += 1
        self._report.sample(
            ProbeSample(
                contender=self._contender,
                via=self._via,
                phase=self._phase_of(exchange),
                seq=self._seq,
                due=epoch(exchange.due),
                sent=None if exchange.sent is None else epoch(exchange.sent),
                status=exchange.status,
                received=None if exchange.received is None else epoch(exchange.received),
                error=exchange.error,
            )
        )
