"""One contender at one point, once: rest, load, rest, and what it cost, as one row and its doubts."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from bench.loadgen import Load, Request, Window
from bench.scenarios.report import Report
from bench.stats import ENDED, Doubt, Latencies, doubts, jain
from bench.target import lab
from bench.target.cost import Spending
from bench.target.drain import idle_ms, rest
from experiments.registry import Params, Rate, Sweep, query
from experiments.samples import PointSample

PATIENCE = 10.0  # seconds for an answer, above what the workload itself takes: a user has gone by then
WARMUP = 0.5  # seconds, above what one request takes: connections are open and code is warm

Loading = Callable[[Request, Window, float], Awaitable[Load]]


@dataclass(frozen=True, slots=True)
class Point:
    contender: str
    point: float  # requests in flight, or requests a second
    repeat: int


@dataclass(frozen=True, slots=True)
class Measured:
    row: PointSample
    doubts: list[Doubt]


class Points:
    """Measures points of one run: it knows each contender's idle latency, and reports row by row."""

    def __init__(self, params: Params, report: Report) -> None:
        self._params = params
        self._report = report
        self._idle: dict[str, float | None] = {}
        self.measured: list[Measured] = []

    async def prepare(self, contenders: list[str]) -> None:
        for contender in contenders:
            self._idle[contender] = await idle_ms(contender, direct=self._params.direct)

    async def measure(self, point: Point, loading: Loading, seconds: float) -> Measured:
        direct, contender = self._params.direct, point.contender
        if self._idle[contender] is None:  # it may have been at work, or down
            self._idle[contender] = await idle_ms(contender, direct=direct)
        before = await rest(contender, self._idle[contender], direct=direct)
        spent = Spending(contender)
        target = lab.request(contender, self._params.workload, dict(query(self._params)), direct=direct)
        load = await loading(target, Window(self._warmup(), seconds), PATIENCE + self._takes())
        spent.loaded()
        after = await rest(contender, self._idle[contender], direct=direct)
        spent.end()
        during = spent.foreign_pct(load.completed * lab.elsewhere(self._params, direct=direct))
        foreign = max(before.foreign_pct, after.foreign_pct, during)
        found = doubts(load, foreign=foreign / 100, drained=_both(before.drained, after.drained))
        found += [Doubt(f"the contender {ENDED}")] * spent.ended
        return self._report_on(point, load, spent, found, foreign)

    async def measure_all(
        self, order: list[Point], loading: Callable[[Point], Loading], params: Sweep | Rate, unit: str
    ) -> None:
        """Point by point, in that order."""
        for number, point in enumerate(order):
            told = f"{point.contender}, {point.point:g} {unit}, repeat {point.repeat} of {params.repeats}"
            self._report.turn(told, number, len(order), self.stretch(params.seconds))
            await self.measure(point, loading(point), params.seconds)

    def _takes(self) -> float:
        return lab.takes(self._params)

    def _warmup(self) -> float:
        return WARMUP + self._takes()

    def stretch(self, seconds: float) -> float:
        """About how long measuring a point takes, in seconds."""
        return self._warmup() + seconds + self._takes() + 1

    def _report_on(self, point: Point, load: Load, spent: Spending, found: list[Doubt], foreign: float) -> Measured:
        row = _row(point, load, spent)
        self._report.sample(row)
        limited = any(doubt.generator for doubt in found)
        self._report.notice(
            "point",
            **asdict(point),
            valid=not found,
            doubts=[doubt.text for doubt in found],
            generator_limited=limited,
            generator=_generator(load),
            cpu_us=spent.per_request_us(load),
            foreign_cpu_pct=round(foreign, 1),
            uncorrected=None if load.uncorrected is None else percentiles(Latencies(load.uncorrected)),
            fairness={"connections": jain(load.connections), "workers": spent.fairness(load)},
            errors=dict(load.errors),
        )
        measured = Measured(row, found)
        self.measured.append(measured)
        return measured


def _both(one: bool | None, other: bool | None) -> bool | None:
    return None if one is None or other is None else one and other


def _row(point: Point, load: Load, spent: Spending) -> PointSample:
    latencies = Latencies(load.latencies)
    per_request = spent.per_request_us(load)
    failed = sum(load.errors.values()) + load.timeouts  # which cost something, too
    return PointSample(
        **asdict(point),
        seconds=round(load.seconds, 6),
        requests=load.requests,
        errors=sum(load.errors.values()),
        timeouts=load.timeouts,
        rps=round(load.rps, 3),
        **percentiles(latencies),
        mean_ms=rounded(latencies.mean),
        cpu_pct=None if per_request is None else round(per_request * (load.rps + failed / load.seconds) / 1e4, 2),
        rss_mb=spent.memory_mb,
    )


def percentiles(latencies: Latencies) -> dict[str, Any]:
    """Milliseconds; `max` too."""
    names = {"p50_ms": latencies.p50, "p90_ms": latencies.p90, "p99_ms": latencies.p99}
    return {
        name: rounded(value) for name, value in {**names, "p999_ms": latencies.p999, "max_ms": latencies.max}.items()
    }


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _generator(load: Load) -> dict[str, Any]:
    return {
        "cpu_pct": round(100 * load.cpu, 1),
        "cpu_us": round(1e6 * load.cpu / load.rps, 2) if load.answered else None,  # a request's: in the same seconds
        "lateness_p99_ms": rounded(Latencies(load.lateness).p99),
        "intended": load.intended,
        "sent": load.sent,
        "reconnects": load.reconnects,
        "queued": load.queued,
        "seed": load.seed,
    }
