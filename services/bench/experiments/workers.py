"""workers: how many of them? Capacity at a goal for each number of workers, and what theory predicts."""

import asyncio
from collections.abc import Iterable, Sequence
from time import monotonic as now
from typing import TYPE_CHECKING, Any

from bench.notices import Notice, Verdict
from bench.scenarios.calibration import calibrate
from bench.scenarios.load import at_rate, meets_goal
from bench.scenarios.point import Measured, Point, Points
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict_on_points
from bench.stats import Search
from bench.stats.advice import has_few_responses
from bench.stats.knee import knee, on_frontier, same_rate
from bench.stats.phrases import count, names
from bench.stats.select import by
from bench.stats.theory import Model, Work, capacity
from bench.stats.ties import SAFE, choose, why_not
from bench.target import worker_count
from bench.target.replicas import NoAnswer
from bench.views.drawing import WIDTH, colour_of
from bench.views.parts import FEW, Line, Part, Table, number, p99_of, percent
from experiments.workers import Workers, WorkersSample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST = 110.0  # seconds for all of it: two minutes with the last count, which may have begun
FIRST = 10.0  # seconds that the first count of a contender may take, of which nothing is known
TRIAL = 2.0  # seconds of one rate
TRIALS = 4  # at most: with the ratio to theory known from the count before, two are usual
# A coarser search than capacity's: from nine tenths of theory's figure, then from what fewer workers had of theirs.
BEGIN, STEP, BRACKET = 0.9, 1.15, 0.12
HIGHEST = 10_000.0  # requests a second: beyond, the generator comes too late
MAX_ERRORS = 0.001
FLAT = 2  # counts in a row that gain nothing, after which more are not tried
ENDS = {
    "cores": "all cores are busy, shared with nginx and the generator",
    "workers": "more workers share the same cores with nginx and the generator",
    "pool": "their pools are no longer the limit",
}


async def run(params: Workers, contenders: list[str], report: Report) -> Verdict:
    """The smallest counts of all contenders first: where time runs out, it is the largest that are missing."""
    begun = now()
    turns = [(contender, size) for size in sorted(params.counts) for contender in contenders]
    every = {contender: _Contender(params, contender, report) for contender in contenders}
    for turn, (contender, size) in enumerate(turns):
        each = every[contender]
        report.turn(f"{contender}, {count(size, 'worker')}", turn, len(turns), 3 * (TRIAL + 1) + 3)
        if (why := each.ended or ("out of time" if now() - begun > LONGEST - each.took else None)) is not None:
            report.sample(WorkersSample(contender=contender, workers=size, error=f"not measured: {why}"))
            continue
        try:
            await each.measure(size)
        except NoAnswer as error:
            report.sample(WorkersSample(contender=contender, workers=size, error=str(error)))
    return verdict_on_points([each for one in every.values() for each in one.measured], figure=None)


class _Contender:
    """One contender from count to count: what a request takes is measured once, and no more is tried than gains."""

    def __init__(self, params: Workers, contender: str, report: Report) -> None:
        self._params, self._contender, self._report = params, contender, report
        self._points = Points(params, report, rows=False)
        self._known: tuple[Work, Model] | None = None
        self._share = BEGIN  # of theory's figure, where the search begins
        self._rows: list[WorkersSample] = []
        self.measured: list[Measured] = []
        self.ended: str | None = None  # why more workers are not tried
        self.took = FIRST  # seconds, the last count

    async def measure(self, size: int) -> None:
        begun = now()
        await asyncio.to_thread(worker_count.change, self._contender, size)
        if self._known is None:
            await self._points.prepare([self._contender])
            self._known = await calibrate(self._contender, self._params)
        row = await self._search(size, *self._known)
        self._rows.append(row)
        self._report.sample(row)
        if row.rate and row.predicted_rate:
            self._share = row.rate / row.predicted_rate
        self.ended = self._flat()
        self.took = now() - begun

    def _flat(self) -> str | None:
        best = knee(self._rows)
        if best is None or len([row for row in self._rows if row.workers > best.workers]) < FLAT:
            return None
        flat = names([str(row.workers) for row in self._rows[-FLAT:]])
        return f"{flat} workers carry no more than {best.workers}"

    async def _search(self, count: int, work: Work, model: Model) -> WorkersSample:
        bound, limit = capacity(model, work, count)
        searching = Search(self._share * min(bound, HIGHEST), width=BRACKET, repeats=1, most=TRIALS, step=STEP)
        by_rate: dict[float, Measured] = {}
        while (rate := searching.rate) is not None:
            point = Point(self._contender, rate, searching.attempts(rate) + 1)
            by_rate[rate] = await self._points.measure(point, at_rate(point, "constant", work.whole), TRIAL)
            row = by_rate[rate].row
            passed = meets_goal(row, self._params.p99_ms, MAX_ERRORS)
            searching.record(passed=passed, carried=None if passed else BEGIN * row.rps)
        answer = searching.answer
        best = by_rate.get(answer.low or 0)
        self.measured += by_rate.values()
        return WorkersSample(
            contender=self._contender,
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


def summarise(rows: Sequence[WorkersSample], _notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """The rows, which of them is a contender's knee, and which are on the frontier of requests a second and memory."""
    knees, best = [knee(own) for own in by(rows, "contender").values()], on_frontier(rows)
    return [row.model_dump(mode="json") | {"knee": row in knees, "frontier": row in best} for row in rows]


def sentences(_params: dict[str, Any], rows: Sequence[WorkersSample], _notices: Sequence[Notice]) -> list[str]:
    contenders = by(rows, "contender")
    return [*(_knee(name, own) for name, own in contenders.items()), *_most([*contenders.values()])]


def _knee(name: str, rows: list[WorkersSample]) -> str:
    """The number of workers above which there is nothing to gain."""
    best, tried = knee(rows), [row for row in rows if row.error is None]
    if best is None:
        return f"{name}: {'met the target at no rate that was tried' if tried else rows[0].error}"
    count_of = count(best.workers, "worker")
    if len(tried) == 1:
        return f"{name}: {best.rate:,.0f} requests a second with {count_of}; no other number of them was measured."
    if best.workers == max(row.workers for row in rows if row.rate is not None):
        return f"{name} gains from each worker: {best.rate:,.0f} requests a second with {count_of}.{_two(rows, best)}"
    beyond = f"{name} gains nothing after {count_of}, {best.rate:,.0f} requests a second"
    end = f"{beyond}: {ENDS[best.limit]}." if best.limit else f"{beyond}."
    return f"{end}{_two(rows, best)}"


def _two(rows: list[WorkersSample], best: WorkersSample) -> str:
    """Why two, where one carries as much."""
    if best.workers >= SAFE:
        return ""
    two = next((row for row in rows if row.workers == SAFE and row.rate is not None), None)
    memory = "" if two is None or two.memory_mb is None else f", {two.memory_mb:.0f} MiB"
    carried = "" if two is None else f" ({two.rate:,.0f}{memory})"
    return f" Run two all the same{carried}: alone, a worker that restarts, or blocks in a request, takes it down."


def _most(contenders: Sequence[Sequence[WorkersSample]]) -> list[str]:
    """Of several contenders: which carries most, with SAFE workers or more; and which of those that may."""
    best = [found for own in contenders if (found := knee(_safe(own))) is not None]
    if len(best) < 2:
        return []
    most = max(best, key=lambda row: row.rate or 0.0)
    taken, *others = choose([row for row in best if row is most or same_rate(row, most)])
    first = f"Most requests a second: {taken.contender} with {count(taken.workers, 'worker')}, {taken.rate:,.0f}"
    if not others:
        return [f"{first}.{_two([], taken)}"]
    alike = names([f"{row.contender} with {count(row.workers, 'worker')} ({row.rate:,.0f})" for row in others])
    reasons = names([f"{row.contender} {why_not(row, taken)}" for row in others])
    return [f"{first}. The search cannot tell it from {alike}; it is choose because {reasons}.{_two([], taken)}"]


def _safe(rows: Sequence[WorkersSample]) -> Sequence[WorkersSample]:
    return [row for row in rows if row.workers >= SAFE and row.rate is not None] or rows


def table(rows: Sequence[WorkersSample], notices: Sequence[Notice]) -> Iterable[Part]:
    shown = Table(("contender", "workers", "req/s", "model", "ratio", "p50", "p99", "CPU", "MiB", "", ""))
    best, places = on_frontier(rows), list(by(rows, "contender"))
    for row in sorted(rows, key=lambda row: (places.index(row.contender), row.workers)):
        share = None if not row.rate or not row.predicted_rate else 100 * row.rate / row.predicted_rate
        shown.add(
            row.contender,
            str(row.workers),
            *map(number, (row.rate, row.predicted_rate)),
            percent(share),
            number(row.p50_ms),
            p99_of(row),
            percent(row.cpu_pct),
            number(row.memory_mb),
            "frontier" if row in best else "",
            "?" if row.doubted else "",
        )
    yield shown
    yield Line("highest rate that met the target; p50 and p99 at it, in ms; CPU of one core", "dim")
    if best:
        yield Line("frontier: no other has more requests a second with as little memory", "dim")
    if any(map(has_few_responses, rows)):
        yield Line(FEW, "dim")


def draw(figure: Figure, rows: Sequence[WorkersSample]) -> None:
    """Capacity over workers, with the line of theory; memory below."""
    figure.set_size_inches(WIDTH, 7)
    above, below = figure.subplots(2, sharex=True)
    for name, own in by(rows, "contender").items():
        colour, known = colour_of(name), [row for row in own if row.rate is not None]
        x = [row.workers for row in known]
        above.plot(x, [row.rate for row in known], marker="o", color=colour, label=name)
        if (best := knee(own)) is not None:
            above.annotate(
                "knee", (best.workers, best.rate), (0, 8), textcoords="offset points", color=colour, fontsize=8
            )
        theory = [row for row in own if row.predicted_rate is not None]
        above.plot([row.workers for row in theory], [row.predicted_rate for row in theory], ls="--", color=colour)
        memory = [row for row in own if row.memory_mb is not None]
        below.plot([row.workers for row in memory], [row.memory_mb for row in memory], marker="o", color=colour)
    above.set_ylabel("req/s (dashed: model)")
    below.set(ylabel="MiB", xlabel="workers", xscale="log")
    below.set_xscale("log", base=2)
    below.xaxis.set_major_formatter("{x:g}")
    above.legend(fontsize=7, ncols=2)
    for axis in (above, below):
        axis.grid(alpha=0.3)


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=draw,
)
