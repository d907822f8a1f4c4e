"""One contender at one point, once: drain, load, drain, and what it cost, as one row and its warnings."""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from bench.loadgen import Load, Request, Window, burst
from bench.loadgen.result import CONNECTIONS
from bench.notices import PointMeasured, Refused
from bench.scenarios.report import Report
from bench.stats import Latencies, ValidityWarning, jain
from bench.stats.checks import (
    check_drained,
    check_foreign,
    check_load,
    check_ports,
    check_reopened,
    check_responses,
)
from bench.target import lab, prometheus
from bench.target.cost import Cost
from bench.target.drain import Drain, drain, idle_ms
from bench.target.replicas import NoAnswer
from bench.target.sockets import Sockets
from experiments.rate import Rate
from experiments.schema.params import Params
from experiments.schema.samples import PointSample, RateSample
from experiments.schema.workloads import REQUEST
from experiments.sweep import Sweep

PATIENCE = 10.0  # seconds for an answer, above what the workload itself takes: a user has gone by then
WARMUP = 0.5  # seconds, above what one request takes: connections are open and code is warm
ALONE = 5  # requests one at a time, for what one takes
SMALLEST_POOL, ROOM = 64, 4  # connections; factor over those in use by Little's law

Loading = Callable[[Request, Window, float], Awaitable[Load]]


@dataclass(frozen=True, slots=True)
class Point:
    contender: str
    point: float  # requests in flight, or requests a second
    repeat: int


@dataclass(frozen=True, slots=True)
class Measured:
    row: PointSample
    warnings: list[ValidityWarning]
    cpu_us: float | None = None  # CPU time of the contender per request
    fairness: float | None = None  # Jain's index of the requests of its worker processes
    completed: int = 0  # requests, warm-up included, over which that is

    @property
    def valid(self) -> bool:
        """Whether it was measured as it should be; how many responses a p99 rests on is another matter."""
        return all(warning.percentile for warning in self.warnings)


class Points:
    """Measures points of one run: it keeps each contender's idle latency, and reports row by row."""

    def __init__(self, params: Params, report: Report, *, rows: bool = True, repeats: int = 1) -> None:
        """`rows`: whether its points are rows of the run; else a row of another kind rests on them.

        `repeats`: of each point, whose responses together are what its percentiles rest on.
        """
        self._params = params
        self._rows = rows
        self._repeats = repeats
        self._report = report
        self._interrupts = getattr(params, "halfway", None) is not None  # then workers come and go
        self._observed: set[str] = set()
        self._idle: dict[str, float | None] = {}
        self._takes: dict[str, float] = {}
        self._at_rest = False  # the machine, behind the last point: the next one begins at once, without another look
        self.measured: list[Measured] = []

    async def prepare(self, contenders: list[str]) -> None:
        for contender in contenders:
            self._idle[contender] = await idle_ms(contender, direct=self._params.direct)
            if _can_be_observed(self._params) and lab.is_observed(contender):
                self._observed.add(contender)
            if self._params.workload == REQUEST:
                self._takes[contender] = await _median_seconds(lab.request_of(self._params, contender))

    async def measure(self, point: Point, loading: Loading, seconds: float) -> Measured:
        direct, contender = self._params.direct, point.contender
        if self._idle[contender] is None:  # it may have been at work, or down
            self._idle[contender] = await idle_ms(contender, direct=direct)
        before = await drain(contender, self._idle[contender], direct=direct, look=not self._at_rest)
        cost, sockets = Cost(contender), Sockets.now()
        began = time.time()
        target = lab.request_of(self._params, contender)
        load = await loading(
            target, Window(self._warmup(contender), seconds), PATIENCE + self.service_seconds(contender)
        )
        cost.load_ended()
        ports = max(sockets, Sockets.now(), key=lambda each: each.time_wait)
        after = await drain(contender, self._idle[contender], direct=direct)
        self._at_rest = check_foreign(after.foreign_pct / 100) is None
        cost.end()
        beside = load.completed * lab.cpu_seconds_beside(self._params, direct=direct) + load.beside
        during = cost.foreign_pct(beside)
        foreign = max(before.foreign_pct, after.foreign_pct, during)
        found = self._check(contender, load, cost, (before, after), ports)
        of_no_contender = check_foreign(foreign / 100), check_responses(len(load.latencies), self._repeats)
        found += [warning for warning in of_no_contender if warning is not None]
        row = _row(point, load, cost)
        if isinstance(self._params, Rate):
            row = RateSample(**row.model_dump(), app_p99_ms=await self._read_own_p99(contender, began))
        return self._emit(row, load, cost, found, foreign)

    async def _read_own_p99(self, contender: str, began: float) -> float | None:
        """Warm-up included, and what ended late; it waits for Prometheus' next scrape."""
        if contender not in self._observed:
            return None
        try:
            return await prometheus.own_p99_ms(contender, f"/{self._params.workload}", began)
        except NoAnswer as error:
            self._report.notice(Refused(contender=contender, text=f"No p99 of the application: {error}"))
            return None

    def _check(
        self, contender: str, load: Load, cost: Cost, drains: tuple[Drain, Drain], sockets: Sockets
    ) -> list[ValidityWarning]:
        """All warnings but those about no contender: other programs on the machine, and how much was measured."""
        found: list[ValidityWarning | None] = [
            *check_load(load),
            check_drained(_and(*(each.drained for each in drains))),
            check_ports(sockets.time_wait, sockets.ports, reused=sockets.reused),
            ValidityWarning("process-lost") if cost.process_lost and not self._interrupts else None,
        ]
        if lab.keeps_connections(contender) and not self._interrupts and not lab.closes(self._params):
            # Bypassing nginx, the generator's own; else nginx's, which the contender counts, where it does.
            opened = load.opened if self._params.direct else cost.opened or 0
            kept = load.concurrency or connection_limit(load.rate or 0, self.service_seconds(contender))
            found.append(check_reopened(opened, kept, load.completed))
        return [warning.of(contender) for warning in found if warning is not None]

    async def measure_all(
        self, order: list[Point], loading: Callable[[Point], Loading], params: Sweep | Rate, unit: str
    ) -> None:
        """Point by point, in that order."""
        for number, point in enumerate(order):
            what = f"{point.contender}, {point.point:g} {unit}, repeat {point.repeat} of {params.repeats}"
            self._report.turn(what, number, len(order), self.expected_seconds(point.contender, params.seconds))
            await self.measure(point, loading(point), params.seconds)

    def service_seconds(self, contender: str) -> float:
        """What one request takes by itself: as its parameters say, or as it was measured where they do not."""
        return self._takes.get(contender, 0.0) or lab.service_seconds(self._params)

    def _warmup(self, contender: str) -> float:
        return WARMUP + self.service_seconds(contender)

    def expected_seconds(self, contender: str, seconds: float) -> float:
        """About how long measuring a point of so many seconds takes."""
        scrape = prometheus.SCRAPE if contender in self._observed else 0
        return self._warmup(contender) + seconds + self.service_seconds(contender) + 1 + scrape

    def _emit(self, row: PointSample, load: Load, cost: Cost, found: list[ValidityWarning], foreign: float) -> Measured:
        per_request, fairness = cost.per_request_us(load), cost.fairness(load)
        measured = Measured(row, found, per_request, fairness, load.completed)
        if self._rows:
            self._report.sample(measured.row)
        limited = any(warning.generator for warning in found)
        self._report.notice(
            PointMeasured(
                contender=row.contender,
                point=row.point,
                repeat=row.repeat,
                valid=measured.valid,
                doubts=[warning.document() for warning in found],
                generator_limited=limited,
                generator=_generator(load),
                cpu_us=cost.per_request_us(load),
                loop_lag=cost.loop_lag,
                foreign_cpu_pct=round(foreign, 1),
                uncorrected=None if load.uncorrected is None else percentiles(Latencies(load.uncorrected)),
                fairness={"connections": jain(load.connections), "workers": fairness},
                errors=dict(load.errors),
            )
        )
        self.measured.append(measured)
        return measured


def _can_be_observed(params: Params) -> bool:
    """Counters begin anew with a container that restarts; the user's own application has none."""
    return isinstance(params, Rate) and params.halfway != "restart" and params.workload != REQUEST


async def _median_seconds(request: Request) -> float:
    """The median of a few, one at a time; 0 where none is answered."""
    exchanges = [(await burst(request, 1, PATIENCE))[0] for _ in range(ALONE)]
    took = [each.received - each.sent for each in exchanges if each.received is not None and each.sent is not None]
    return median(took) if took else 0.0


def connection_limit(rate: float, service_seconds: float) -> int:
    """Connections of a client that is no bottleneck: several times those in use by Little's law.

    No more than that: a request that finds none free waits in the client, as in every real one. Its latency counts
    from when it was due all the same; the uncorrected one, from when it was sent, shows what that leaves out.
    """
    return min(CONNECTIONS, max(SMALLEST_POOL, math.ceil(ROOM * rate * service_seconds)))


def _and(one: bool | None, other: bool | None) -> bool | None:
    return None if one is None or other is None else one and other


def _row(point: Point, load: Load, cost: Cost) -> PointSample:
    latencies = Latencies(load.latencies)
    per_request = cost.per_request_us(load)
    failed = sum(load.errors.values()) + load.timeouts  # which cost something, too
    return PointSample(
        **asdict(point),
        seconds=round(load.seconds, 6),
        requests=load.requests,
        errors=sum(load.errors.values()),
        timeouts=load.timeouts,
        rps=round(load.rps, 3),
        **percentiles(latencies),
        mean_ms=round_ms(latencies.mean),
        cpu_pct=None if per_request is None else round(per_request * (load.rps + failed / load.seconds) / 1e4, 2),
        rss_mb=cost.memory_mb,
    )


def percentiles(latencies: Latencies) -> dict[str, Any]:
    """Milliseconds; `max` too."""
    names = {"p50_ms": latencies.p50, "p90_ms": latencies.p90, "p99_ms": latencies.p99}
    return {
        name: round_ms(value) for name, value in {**names, "p999_ms": latencies.p999, "max_ms": latencies.max}.items()
    }


def round_ms(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _generator(load: Load) -> dict[str, Any]:
    return {
        "cpu_pct": round(100 * load.cpu, 1),
        "cpu_us": round(1e6 * load.cpu / load.rps, 2) if load.answered else None,  # a request's: in the same seconds
        "lateness_p99_ms": round_ms(Latencies(load.lateness).p99),
        "intended": load.intended,
        "sent": load.sent,
        "reconnects": load.reconnects,
        "queued": load.queued,
        "seed": load.seed,
        "each": {name: _share(part) for name, part in load.parts.items()},
    }


def _share(load: Load) -> dict[str, Any]:
    """What one of several generators made of a load."""
    return {
        "cpu_pct": round(100 * load.cpu, 1),
        "lateness_p99_ms": round_ms(Latencies(load.lateness).p99),
        "sent": load.sent,
        "rps": round(load.rps, 3),
    }
