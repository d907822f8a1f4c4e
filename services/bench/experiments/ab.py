"""ab: two contenders in interleaved turns, and by how much they differ."""

import math
from collections.abc import Iterable, Sequence
from random import Random
from statistics import median, stdev
from time import monotonic as now
from typing import TYPE_CHECKING, Any, Literal

from bench.notices import Notice, PairsPlanned, Verdict, of
from bench.scenarios.load import at_rate, in_flight
from bench.scenarios.point import Measured, Point, Points
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict_on_points
from bench.stats.difference_phrases import DOUBLED, detectable, percent, sentence
from bench.stats.paired import FEWEST, Difference, pairs_needed
from bench.stats.pairs import METRICS, compared, names, ratios, summarise
from bench.stats.phrases import lost_of
from bench.target import lab
from bench.target.equal import inequality
from bench.target.replicas import NoAnswer
from bench.target.slots import setting
from bench.views.drawing import WIDTH, colour_of
from bench.views.parts import Line, Part, Table, number
from bench.views.points import EVEN
from contender.catalogue import SLOTS
from experiments.ab import Ab, AbSample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIRST = 10  # pairs, from whose variance the number of all is fixed: fewer know it too badly
MOST = 1000  # pairs
CARRIED = 0.98  # of the rate: below, a queue grows, and latency is a matter of how long it was measured
DECIDES = "cpu_us"  # the metric that --detect is about
LEGEND = "medians; difference of b from a, over pairs, with its 95 % interval; detectable: in nine of ten such runs"


async def run(params: Ab, contenders: list[str], report: Report) -> Verdict:
    """The number of pairs is fixed by time and the first stage's variance, never by whether a difference is seen."""
    if len(contenders) != 2:
        raise NoAnswer(f"Only {', '.join(contenders)} can be measured, and ab compares two.")
    if not params.unequal and (why := await inequality(params, contenders)) is not None:
        raise NoAnswer(f"Responses differ: {why}. Compare all the same: --unequal.")
    pairs = _Pairs(params, contenders, report)
    await pairs.points.prepare(contenders)
    begun = now()
    for pair in range(1, FIRST + 1):
        took = (now() - begun) / (pair - 1) if pair > 1 else 0.0
        if pair > FEWEST and pair * took > params.budget:
            break
        await pairs.measure(pair, (pair - 1) / FIRST / 2, pair / FIRST / 2)
    first = len(pairs.rows) // 2
    each = (now() - begun) / first
    total = _plan_pairs(pairs.rows, params, first, each, report)
    for pair in range(first + 1, total + 1):
        share = 0.5 / (total - first)
        await pairs.measure(pair, 0.5 + share * (pair - first - 1), 0.5 + share * (pair - first))
    return verdict_on_points(pairs.points.measured, figure=None)


def _plan_pairs(rows: Sequence[AbSample], params: Ab, first: int, each: float, report: Report) -> int:
    """All pairs; those of the first stage are among them."""
    known = ratios(rows, DECIDES)
    if len(known) < FEWEST:
        return first
    deviation = stdev(known)
    needed, affordable = pairs_needed(deviation, params.detect / 100, MOST), int(params.budget / each)
    total = max(first, min(needed, affordable))
    report.notice(
        PairsPlanned(
            first=first,
            deviation_pct=round(100 * deviation, 2),
            needed=needed,
            affordable=affordable,
            pairs=total,
            seconds_per_pair=round(each, 2),
        )
    )
    return total


class _Pairs:
    """Turns of the two, in an order that the seed decides."""

    def __init__(self, params: Ab, contenders: list[str], report: Report) -> None:
        self._params, self._contenders, self._report = params, contenders, report
        self._random = Random(params.seed)
        self._settings = {name: setting(lab.describe(name)) if name in SLOTS else None for name in contenders}
        self.points = Points(params, report, rows=False, repeats=FIRST)
        self.rows: list[AbSample] = []

    async def measure(self, pair: int, done: float, until: float) -> None:
        sides: list[tuple[Literal["a", "b"], str]] = [("a", self._contenders[0]), ("b", self._contenders[1])]
        self._random.shuffle(sides)
        seconds = sum(self.points.expected_seconds(name, self._params.seconds) for _, name in sides)
        self._report.begin(f"pair {pair}, {sides[0][1]} first", done, until, seconds)
        for place, (side, name) in enumerate(sides, start=1):
            row = _row(await self._turn(name, pair), side, pair, place, self._settings[name])
            self.rows.append(row)
            self._report.sample(row)

    async def _turn(self, contender: str, pair: int) -> Measured:
        params = self._params
        if params.rate is None:
            point = Point(contender, params.in_flight, pair)
            return await self.points.measure(point, in_flight(params.in_flight), params.seconds)
        point = Point(contender, params.rate, pair)
        service = self.points.service_seconds(contender)
        return await self.points.measure(point, at_rate(point, "constant", service), params.seconds)


def _row(turn: Measured, side: Literal["a", "b"], pair: int, place: int, settings: str | None) -> AbSample:
    row = turn.row
    same = ("contender", "seconds", "requests", "errors", "timeouts", "rps", "p50_ms", "p99_ms")
    return AbSample(
        **{name: getattr(row, name) for name in same},
        side=side,
        setting=settings,
        pair=pair,
        place=place,
        cpu_us=turn.cpu_us,
        memory_mb=row.rss_mb,
        fairness=turn.fairness,
        doubted=not turn.valid,
    )


def sentences(params: dict[str, Any], rows: Sequence[AbSample], notices: Sequence[Notice]) -> list[str]:
    if not rows:
        return []
    both, rate = names(rows), params.get("rate")
    shown = [each for each in compared(rows) if not (rate and each.metric == "rps")]  # which the schedule decides
    return [
        *(sentence(each.metric, each.difference, *both) for each in shown if each.difference is not None),
        *_smaller(notices, next((each.difference for each in shown if each.metric == DECIDES), None)),
        *_uneven(rows, both),
        *_lost_sentences(rows, both),
        *(_overload_sentences(rows, rate) if rate else []),
    ]


def _smaller(notices: Sequence[Notice], found: Difference | None) -> list[str]:
    """What half of the difference that can be found would take."""
    plan = next(iter(of(PairsPlanned, notices)), None)
    if plan is None or found is None or not 0 < found.detectable <= DOUBLED:
        return []
    half = found.detectable / 2
    needed = pairs_needed(plan.deviation_pct / 100, half, 100 * MOST)
    minutes = math.ceil(needed * plan.seconds_per_pair / 60)
    short = " The budget has no room for all pairs that --detect needs." if plan.needed > plan.pairs else ""
    have = f"{found.pairs} pairs resolve {percent(found.detectable)} of CPU per request"
    return [f"{have}; {percent(half)} would take about {needed}, {minutes} min.{short}"]


def _uneven(rows: Sequence[AbSample], both: Iterable[str]) -> list[str]:
    """Whose requests one of several processes served; nothing where both share them."""
    shares = {
        name: [row.fairness for row in rows if row.side == side and row.fairness is not None]
        for side, name in zip("ab", both, strict=True)
    }
    if not all(shares.values()) or min(map(median, shares.values())) >= EVEN:
        return []
    of_each = "; ".join(f"{name} {median(values):.2f}" for name, values in shares.items())
    return [f"Requests per worker process, Jain's index: {of_each} (1 is even, 1/n is one of n served all)."]


def _lost_sentences(rows: Sequence[AbSample], both: Iterable[str]) -> list[str]:
    phrases = []
    for side, name in zip("ab", both, strict=True):
        own = [row for row in rows if row.side == side]
        lost = sum(row.errors + row.timeouts for row in own)
        if lost:
            phrases.append(f"{lost_of(name, lost, lost + sum(row.requests for row in own))} requests.")
    return phrases


def _overload_sentences(rows: Sequence[AbSample], rate: float) -> list[str]:
    phrases = []
    for each in compared(rows):
        for name, value in zip(names(rows), (each.a, each.b), strict=True):
            if each.metric == "rps" and (value or 0) < CARRIED * rate:
                carried = f"{name} carried {value or 0:,.0f} of {rate:,g} req/s"
                phrases.append(f"{carried}: its latency is that of a growing queue; choose a lower rate.")
    return phrases


def _table(rows: Sequence[AbSample]) -> Table:
    a, b = names(rows)
    shown = Table(("metric", a, b if b != a else f"{b} again", "difference", "95 %", "detectable", "pairs"))
    for each in compared(rows):
        found = each.difference
        cells = ("-",) * 4
        if found is not None:
            ends = " to ".join(f"{100 * (end - 1):+.1f}" for end in (found.low, found.high))
            cells = (f"{100 * (found.ratio - 1):+.1f} %", f"{ends} %", detectable(found), str(found.pairs))
        shown.add(METRICS[each.metric], number(each.a), number(each.b), *cells)
    return shown


def table(rows: Sequence[AbSample], _notices: Sequence[Notice]) -> Iterable[Part]:
    if rows:
        yield _table(rows)
        yield Line(LEGEND, "dim")


def markdown(_params: dict[str, Any], rows: Sequence[AbSample]) -> str:
    if not rows:
        return ""
    settings = {row.contender: row.setting for row in rows if row.setting}
    slots = "; ".join(f"{name} is {settings[name]}" for name in sorted(settings))
    return "\n\n".join(filter(None, [_table(rows).markdown("--:").rstrip(), f"{slots}." if slots else ""]))


def draw(figure: Figure, rows: Sequence[AbSample]) -> None:
    """The pairs as dots, a row a metric; above them the difference with its interval."""
    figure.set_size_inches(WIDTH, 5)
    axis, colour = figure.subplots(), colour_of(names(rows)[1])
    for place, each in enumerate(compared(rows)):
        values = [100 * math.expm1(ratio) for ratio in ratios(rows, each.metric)]
        axis.plot(values, [place + 0.12] * len(values), ls="", marker="o", ms=4, mfc="none", color=colour)
        if (found := each.difference) is not None:
            ends = [100 * (end - 1) for end in (found.low, found.high)]
            axis.plot(ends, [place - 0.12] * 2, color=colour, lw=2)
            axis.plot([100 * (found.ratio - 1)], [place - 0.12], marker="D", color=colour)
    axis.axvline(0, color="grey", lw=1)
    axis.set_yticks(range(len(METRICS)), list(METRICS.values()))
    axis.invert_yaxis()
    axis.set_xlabel("difference of {1} from {0} in % (circles: pairs; line: 95 % interval)".format(*names(rows)))
    axis.grid(alpha=0.3, axis="x")


def succeeded(row: AbSample) -> bool:
    return row.requests > 0


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=draw,
    succeeded=succeeded,
    markdown=markdown,
)
