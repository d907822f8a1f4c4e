"""Trials of advise: a contender with so many workers at a rate, the predicted number of them first."""

import asyncio
import math
import time
from dataclasses import dataclass
from typing import Any

from bench.scenarios.calibration import calibrated
from bench.scenarios.load import at_rate, meets_goal
from bench.scenarios.point import Measured, Point, Points
from bench.scenarios.report import Report
from bench.stats.advice import MORE
from bench.stats.theory import MOST, Model, Work, capacity, fewest, p99
from bench.target import lab, workers
from bench.target.replicas import NoAnswer
from experiments.advise import AdviceSample, Advise

LONGEST = 540.0  # seconds for all of it: ten minutes with the last point, which may have begun
SHORTEST_POINT, LONGEST_POINT, ANSWERS = 5.0, 12.0, 300  # seconds of a point, and requests that it should have
HIGHER = 3  # numbers of workers above the predicted one that are tried
MAX_ERRORS = 0.001


@dataclass(frozen=True, slots=True)
class Candidate:
    contender: str
    work: Work
    model: Model
    worker_mb: float  # memory of each of its workers, about
    predicted: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The promise: at the rate, and at 1.5 times the rate."""

    kept: bool | None
    more: bool | None = None


class Trials:
    def __init__(self, params: Advise, report: Report) -> None:
        self._params, self._report = params, report
        self._end = time.monotonic() + LONGEST
        self.seconds = min(LONGEST_POINT, max(SHORTEST_POINT, math.ceil(ANSWERS / params.rate)))
        self.measured: list[Measured] = []
        self.rows: list[AdviceSample] = []

    async def candidate(self, contender: str) -> Candidate | None:
        """What theory says of it; a contender that cannot keep the promise has a row that says why, and is not one."""
        params = self._params
        try:
            work, model = await calibrated(contender, params)
            used = await asyncio.to_thread(lab.usage, contender)
        except NoAnswer as error:
            self._refuse(contender, str(error))
            return None
        predicted = fewest(model, work, params.rate, params.p99_ms / 1000)
        if predicted is None:
            self._refuse(contender, _impossible(params, work, model))
            return None
        worker_mb = used.memory_mb / used.workers if used.workers else used.memory_mb
        if params.memory_mb is not None and predicted * worker_mb > params.memory_mb:
            needs = f"{predicted} workers of {worker_mb:.0f} MiB need more than {params.memory_mb:g} MiB"
            self._refuse(contender, needs)
            return None
        return Candidate(contender, work, model, worker_mb, predicted)

    def _row(self, row: AdviceSample) -> None:
        self.rows.append(row)
        self._report.sample(row)

    def _refuse(self, contender: str, reason: str) -> None:
        self._row(AdviceSample(contender=contender, workers=None, kept=False, error=reason))

    async def measure(self, candidate: Candidate) -> None:
        """At the predicted number; fewer while those keep the promise; more until they have room, too."""
        count = candidate.predicted
        first = found = await self._at(candidate, count)
        while found.kept and count > 1:
            count -= 1
            found = await self._at(candidate, count)
        count, found = candidate.predicted, first
        for _ in range(HIGHER):
            count += max(1, count // 4)
            if found.kept is None or found.more or count > MOST:
                return
            found = await self._at(candidate, count)

    async def _at(self, candidate: Candidate, count: int) -> Kept:
        """Whether so many keep the promise; unknown where that could not be measured, or there is no time left."""
        params, contender = self._params, candidate.contender
        if time.monotonic() > self._end:
            return Kept(None)
        row: dict[str, Any] = {"contender": contender, "workers": count, **_predicted(candidate, count, params.rate)}
        try:
            await asyncio.to_thread(workers.change, contender, count)
            peak = await self._point(candidate, params.rate)
            if not peak.valid:  # never decides alone
                peak = await self._point(candidate, params.rate, repeat=2)
            more = await self._point(candidate, MORE * params.rate) if self._keeps(peak) else None
        except NoAnswer as error:
            self._row(AdviceSample(kept=None, error=str(error), **row))
            return Kept(None)
        kept = Kept(self._keeps(peak), None if more is None else self._keeps(more))
        self._row(
            AdviceSample(
                threads=candidate.model.threads if candidate.model.kind == "thread" else None,
                kept=kept.kept,
                kept_more=kept.more,
                rps=peak.row.rps,
                p50_ms=peak.row.p50_ms,
                p99_ms=peak.row.p99_ms,
                more_p99_ms=None if more is None else more.row.p99_ms,
                cpu_pct=peak.row.cpu_pct,
                memory_mb=peak.row.rss_mb,
                responses=peak.row.requests + peak.row.timeouts,
                doubted=not peak.valid,
                **row,
            )
        )
        return kept

    async def _point(self, candidate: Candidate, rate: float, repeat: int = 1) -> Measured:
        """Requests that come at random, as those of users who know nothing of each other do."""
        points = Points(self._params, self._report, rows=False)
        await points.prepare([candidate.contender])
        point = Point(candidate.contender, rate, repeat)
        measured = await points.measure(point, at_rate(point, "poisson", candidate.work.whole), self.seconds)
        self.measured.append(measured)
        return measured

    def _keeps(self, measured: Measured) -> bool:
        too_large = self._params.memory_mb is not None and (measured.row.rss_mb or 0) > self._params.memory_mb
        return not too_large and meets_goal(measured.row, self._params.p99_ms, MAX_ERRORS)


def _predicted(candidate: Candidate, count: int, rate: float) -> dict[str, float | None]:
    """In milliseconds; None where theory has the queue grow without end."""
    times = {
        name: 1000 * p99(candidate.model, candidate.work, count, rate, fixed=fixed)
        for name, fixed in (("predicted_p99_ms", True), ("predicted_varied_p99_ms", False))
    }
    return {name: None if math.isinf(ms) else round(ms, 3) for name, ms in times.items()}


def _impossible(params: Advise, work: Work, model: Model) -> str:
    """Why no number of workers keeps the promise."""
    if 1000 * work.whole > params.p99_ms:
        return f"one request alone takes {1000 * work.whole:.0f} ms, and the promise is {params.p99_ms:g} ms"
    most, limit = capacity(model, work, MOST)
    what = {
        "cores": f"{model.cores:g} cores at {work.cpu_ms + model.beside_ms:.2g} ms of CPU time a request",
        "workers": f"{MOST} workers at {1000 * work.whole:.0f} ms a request",
        "pool": f"{MOST} workers with their pools at {1000 * work.whole:.0f} ms a request",
    }[limit]
    objective = f"{params.rate:,.0f} with a p99 of {params.p99_ms:g} ms"
    return f"{what} are {most:,.0f} a second at most, and {objective} are asked for"
