"""Trials of advise: how many workers each contender needs, and then all of them in turn, in two minutes."""

import asyncio
import math
from dataclasses import dataclass, field
from time import monotonic as now
from typing import Any

from bench.scenarios.calibration import calibrate
from bench.scenarios.load import at_rate, meets_goal
from bench.scenarios.point import Measured, Point, Points
from bench.scenarios.report import Report
from bench.stats.advice import MORE
from bench.stats.latencies import responses_for
from bench.stats.points import median_of
from bench.stats.theory import MOST, Model, Work, capacity, fewest, p99
from bench.stats.ties import SAFE
from bench.target import lab, worker_count
from bench.target.replicas import NoAnswer
from experiments.advise import AdviceSample, Advise

LONGEST = 110.0  # seconds for all of it: two minutes with the last point, and what gives the workers back
REPEATS = 3  # of each contender at the rate, in turns: the fewest that have a spread, and a majority
SHORTEST_POINT, LONGEST_POINT = 2.0, 8.0  # seconds: below, a p99 is a maximum; above, five contenders have no time
BESIDE = 1.5  # seconds of a point beside its load: warm-up, drain, and a look at the machine
HIGHER = 3  # numbers of workers above the predicted one that are tried
MAX_ERRORS = 0.001


@dataclass(frozen=True, slots=True)
class Candidate:
    contender: str
    work: Work
    model: Model
    worker_mb: float  # memory of each of its workers, about
    predicted: int  # the fewest that meet the target at the rate
    start: int  # and with room, or as many as there is memory for; SAFE at least


@dataclass(slots=True)
class Trial:
    """A contender with so many workers, as far as it was measured: at 1.5 times the rate, and at the rate."""

    candidate: Candidate
    count: int
    higher: int = 0  # how many numbers above the predicted one
    more: Measured | None = None
    repeats: list[Measured] = field(default_factory=list)
    error: str | None = None


class Trials:
    def __init__(self, params: Advise, report: Report) -> None:
        self._params, self._report = params, report
        self._begun = now()
        self._points = Points(params, report, rows=False, repeats=REPEATS)
        self.wanted = min(LONGEST_POINT, max(SHORTEST_POINT, math.ceil(responses_for(99) / REPEATS / params.rate)))
        self.measured: list[Measured] = []
        self.rows: list[AdviceSample] = []

    def seconds(self, points: int) -> float:
        """Of each of so many points, which have to share the time that is left."""
        left = LONGEST - (now() - self._begun)
        return round(min(self.wanted, max(SHORTEST_POINT, left / max(1, points) - BESIDE)), 1)

    def has_time(self, seconds: float) -> bool:
        return now() - self._begun + seconds + BESIDE <= LONGEST

    # --- one contender -------------------------------------------------------------------------------

    async def candidate(self, contender: str) -> Candidate | None:
        """Theory's prediction for it; one that cannot meet the target has a row with the reason, and is none."""
        params = self._params
        try:
            await self._points.prepare([contender])
            work, model = await calibrate(contender, params)
            used = await asyncio.to_thread(lab.usage, contender)
        except NoAnswer as error:
            self._refuse(contender, str(error))
            return None
        target = params.p99_ms / 1000
        predicted = fewest(model, work, params.rate, target)
        if predicted is None:
            self._refuse(contender, _impossible(params, work, model))
            return None
        worker_mb = used.memory_mb / used.workers if used.workers else used.memory_mb
        most = MOST if params.memory_mb is None else int(params.memory_mb / max(worker_mb, 0.001))
        if predicted > most:
            needs = f"{predicted} workers of {worker_mb:.0f} MiB exceed {params.memory_mb:g} MiB"
            self._refuse(contender, needs)
            return None
        with_room = fewest(model, work, MORE * params.rate, target) or predicted
        return Candidate(contender, work, model, worker_mb, predicted, min(max(SAFE, with_room), most))

    async def size(self, candidate: Candidate, seconds: float) -> Trial:
        """The fewest workers that meet the target at the rate, from the predicted number on, each tried once."""
        trial = Trial(candidate, candidate.start)
        while True:
            await self._resize(trial)
            await self.repeat(trial, seconds)
            higher = self._higher(trial)
            if not trial.repeats or self._keeps(trial.repeats[-1]) or higher is None or not self.has_time(seconds):
                return trial
            self.row(trial)
            trial = higher

    async def headroom(self, trial: Trial, seconds: float) -> Trial:
        """Whether so many keep it at 1.5 times the rate; the next number, if that one does and they do not."""
        await self._peak(trial, seconds)
        higher = self._higher(trial)
        if trial.more is None or self._keeps(trial.more) or higher is None or not self.has_time(2 * seconds):
            return trial
        await self._resize(higher)
        await self.repeat(higher, seconds)
        await self._peak(higher, seconds)
        better = higher.more is not None and self._keeps(higher.more)
        self.row(trial if better else higher)
        if not better:
            await self._resize(trial)
        return higher if better else trial

    def _higher(self, trial: Trial) -> Trial | None:
        """With more workers; None where those have no memory, or no core, or are far from what theory predicts."""
        count = trial.count + max(1, trial.count // 4)
        limit = capacity(trial.candidate.model, trial.candidate.work, trial.count)[1]
        room = self._params.memory_mb is None or count * trial.candidate.worker_mb <= self._params.memory_mb
        if limit == "cores" or not room or trial.higher == HIGHER or count > MOST:
            return None
        return Trial(trial.candidate, count, trial.higher + 1)

    async def _resize(self, trial: Trial) -> None:
        try:
            await asyncio.to_thread(worker_count.change, trial.candidate.contender, trial.count)
        except NoAnswer as error:
            trial.error = str(error)

    async def _peak(self, trial: Trial, seconds: float) -> None:
        if trial.error is None and trial.repeats and self._keeps(trial.repeats[-1]) and self.has_time(seconds):
            trial.more = await self._point(trial.candidate, MORE * self._params.rate, 1, seconds)

    async def repeat(self, trial: Trial, seconds: float) -> None:
        """Once more at the rate, with arrivals that differ from repeat to repeat, and not between contenders."""
        if trial.error is None and self.has_time(seconds):
            number = len(trial.repeats) + 1
            trial.repeats.append(await self._point(trial.candidate, self._params.rate, number, seconds))

    async def fewer(self, trial: Trial, seconds: float) -> None:
        """The fewest by theory, at the rate, once: what they cost, and whether one alone would carry the load."""
        least = Trial(trial.candidate, trial.candidate.predicted)
        if least.count < trial.count and self.has_time(seconds + 1):
            await self._resize(least)
            await self.repeat(least, seconds)
            self.row(least)

    # --- points and rows -------------------------------------------------------------------------------

    async def _point(self, candidate: Candidate, rate: float, repeat: int, seconds: float) -> Measured:
        """Requests that come at random, as those of users who know nothing of each other do."""
        point = Point(candidate.contender, rate, repeat)
        measured = await self._points.measure(point, at_rate(point, "poisson", candidate.work.whole), seconds)
        self.measured.append(measured)
        return measured

    def _keeps(self, measured: Measured) -> bool:
        too_large = self._params.memory_mb is not None and (measured.row.rss_mb or 0) > self._params.memory_mb
        return not too_large and meets_goal(measured.row, self._params.p99_ms, MAX_ERRORS)

    def row(self, trial: Trial) -> None:
        """Medians of its repeats, never averages of percentiles; kept is what more than half of them kept."""
        candidate, repeats = trial.candidate, trial.repeats
        row: dict[str, Any] = {
            "contender": candidate.contender,
            "workers": trial.count,
            "predicted_workers": candidate.predicted,
            **_predict(candidate, trial.count, self._params.rate),
        }
        if not repeats:
            error = trial.error or "not measured: out of time"
            self._row(AdviceSample(kept=None, error=error, **row))
            return
        kept = [self._keeps(each) for each in repeats]
        known = [each.row.p99_ms for each in repeats if each.row.p99_ms is not None]
        self._row(
            AdviceSample(
                threads=candidate.model.threads if candidate.model.kind == "thread" else None,
                kept=2 * sum(kept) > len(kept),
                kept_more=None if trial.more is None else self._keeps(trial.more),
                rps=_middle(repeats, "rps"),
                p50_ms=_middle(repeats, "p50_ms"),
                p99_ms=_middle(repeats, "p99_ms"),
                p99_low_ms=min(known, default=None),
                p99_high_ms=max(known, default=None),
                more_p99_ms=None if trial.more is None else trial.more.row.p99_ms,
                cpu_pct=_middle(repeats, "cpu_pct"),
                memory_mb=_middle(repeats, "rss_mb"),
                responses=sum(each.row.requests + each.row.timeouts for each in repeats),
                repeats=len(repeats),
                repeats_kept=sum(kept),
                doubted=2 * sum(not each.valid for each in repeats) > len(repeats),
                **row,
            )
        )

    def _row(self, row: AdviceSample) -> None:
        self.rows.append(row)
        self._report.sample(row)

    def _refuse(self, contender: str, reason: str) -> None:
        self._row(AdviceSample(contender=contender, workers=None, kept=False, error=reason))


def _middle(repeats: list[Measured], name: str) -> float | None:
    found = median_of(getattr(each.row, name) for each in repeats)
    return None if found is None else round(found, 3)


def _predict(candidate: Candidate, count: int, rate: float) -> dict[str, float | None]:
    """In milliseconds; None where theory has the queue grow without end."""
    times = {
        name: 1000 * p99(candidate.model, candidate.work, count, rate, fixed=fixed)
        for name, fixed in (("predicted_p99_ms", True), ("predicted_varied_p99_ms", False))
    }
    return {name: None if math.isinf(ms) else round(ms, 3) for name, ms in times.items()}


def _impossible(params: Advise, work: Work, model: Model) -> str:
    """Why no number of workers meets the target."""
    if 1000 * work.whole > params.p99_ms:
        return f"a single request takes {1000 * work.whole:.0f} ms; the target is {params.p99_ms:g} ms"
    most, limit = capacity(model, work, MOST)
    what = {
        "cores": f"{model.cores:g} cores at {work.cpu_ms + model.beside_ms:.2g} ms CPU per request",
        "workers": f"{MOST} workers at {1000 * work.whole:.0f} ms/request",
        "pool": f"{MOST} workers with their pools at {1000 * work.whole:.0f} ms/request",
    }[limit]
    target = f"{params.rate:,.0f} req/s with a p99 of {params.p99_ms:g} ms"
    return f"{what} sustain {most:,.0f} req/s at most; the target is {target}"
