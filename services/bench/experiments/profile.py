"""profile: a load, the stacks that samplers take meanwhile, and what they say of a request."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Any

from bench.loadgen import Load, Request, Window
from bench.notices import Notice, StacksSampled, Verdict, of
from bench.scenarios.load import at_rate
from bench.scenarios.point import Loading, Measured, Point, Points
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict
from bench.stats import Measurement
from bench.stats.categories import CATEGORIES
from bench.stats.phrases import lost_of
from bench.stats.profiles import COLUMNS, ProfileSummary, Spent, Thread, Turn, document, summarise_profiles
from bench.stats.select import by
from bench.stats.stacks import Stack, by_function, read, thinned
from bench.target import lab
from bench.target.samplers import Recorded, Samplers, samplers
from bench.views.drawing import WIDTH
from bench.views.parts import Line, Part, Table, number, percent
from contender.catalogue import CATALOGUE
from experiments.profile import Profile, ProfileSample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Servers with threads that run no Python: for native frames each of them is stopped at each look, and read, which took
# 60 ms of CPU time for two workers. What those threads spend is known from the kernel anyway.
WITHOUT_NATIVE = ("granian",)
BESIDE = 1.0  # seconds of sampling beside the load: until its first request leaves, and after the last was answered
FUNCTIONS = 20  # that are stored: a table to read
SHOWN = 5  # of them, of each contender, in a terminal
WAITS = {"gil": "waiting for the GIL", "core": "waiting for a core"}
LEGEND = (
    "µs per request, ± half of the 95 % interval over repeats; kernel's: CPU time that it counted of the same threads"
)


@dataclass(slots=True)
class _Kept:
    """Of all repeats of a contender."""

    repeats: int = 0
    samples: int = 0
    spent: dict[Stack, float] = field(default_factory=lambda: defaultdict(float))
    slept: dict[Stack, float] = field(default_factory=lambda: defaultdict(float))
    busy: list[float] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)


async def run(params: Profile, contenders: list[str], report: Report) -> Verdict:
    """Contenders take turns in each repeat, so that what changes on the machine meets all of them."""
    points = Points(params, report, rows=False, repeats=params.repeats)
    kept: dict[str, _Kept] = defaultdict(_Kept)
    checked: list[Measurement] = []
    async with samplers(contenders) as beside:
        await points.prepare(contenders)
        order = [Point(each, params.rate, repeat) for repeat in range(1, params.repeats + 1) for each in contenders]
        for place, point in enumerate(order):
            what = f"{point.contender}, repeat {point.repeat} of {params.repeats}"
            report.turn(what, place, len(order), points.expected_seconds(point.contender, params.seconds) + 2)
            checked.append(await _turn(params, points, point, beside, kept[point.contender], report))
    for contender, each in kept.items():
        if each.repeats:
            report.notice(_stacks(contender, each))
    return verdict(checked)


async def _turn(
    params: Profile, points: Points, point: Point, beside: Samplers, kept: _Kept, report: Report
) -> Measurement:
    service = points.service_seconds(point.contender)
    found: list[Recorded] = []
    loading = _sampled(at_rate(point, "constant", service), params, point.contender, service, beside, found)
    measured = await points.measure(point, loading, params.seconds)
    turn = _read(found, measured.completed, params.frequency)
    busy = _busy(point.contender, found)
    warnings = [*measured.warnings, *(each.of(point.contender) for each in turn.check())]
    own = round(100 * sum(each.own / each.seconds for each in found), 1)
    row = _row(point, measured, turn, busy, own)
    report.sample(row.model_copy(update={"doubted": any(not each.percentile for each in warnings)}))
    if turn.requests:
        kept.repeats, kept.samples = kept.repeats + 1, kept.samples + turn.samples
        for stack, us in turn.spent().items():
            kept.spent[stack] += us
        for stack, us in turn.slept().items():
            kept.slept[stack] += us
        kept.waiting = max(kept.waiting, *(each.waiting for each in found), key=_tasks)
        kept.busy = kept.busy or [sum(each) for each in zip(*(each.busy for each in found), strict=False)]
    return Measurement(point.contender, warnings)


def _tasks(groups: Sequence[dict[str, Any]]) -> int:
    return sum(each["tasks"] for each in groups)


def _sampled(
    loading: Loading, params: Profile, contender: str, service: float, beside: Samplers, found: list[Recorded]
) -> Loading:
    """The load with samples of all of it and of nothing else: what looks for a drain comes before and after."""

    async def sampling(request: Request, window: Window, timeout: float) -> Load:
        seconds = math.ceil(window.warmup + window.seconds + service + BESIDE)
        native = not params.python_only and CATALOGUE[contender].get("server") not in WITHOUT_NATIVE
        await beside.begin(contender, seconds, params.frequency, native=native)
        load = await loading(request, window, timeout)
        found.extend(await beside.end(contender, seconds))
        load.beside += sum(each.own for each in found)  # which is no foreign CPU time
        return load

    return sampling


def _read(found: Sequence[Recorded], requests: int, frequency: int) -> Turn:
    threads, unseen = [], 0.0
    for each in found:
        sampled = read(each.stacks)
        for thread, (ran, waited) in each.threads.items():
            if thread in sampled:
                threads.append(Thread(sampled[thread], ran, waited))
            else:
                unseen += ran
    instants = max(each.instants for each in found)
    return Turn(
        threads=threads,
        unseen=unseen,
        planned=instants / frequency,
        seconds=fmean(each.seconds for each in found),
        instants=instants,
        errors=sum(each.errors for each in found),
        requests=requests,
    )


def _busy(contender: str, found: Sequence[Recorded]) -> float | None:
    """Of its workers, over the whole time."""
    workers = lab.usage(contender).workers
    busy = sum(fmean(each.busy) for each in found if each.busy)
    return round(min(100.0, 100 * busy / workers), 1) if workers else None  # one that ends is none of them


def _row(point: Point, measured: Measured, turn: Turn, busy: float | None, own: float) -> ProfileSample:
    row = measured.row
    same = ("contender", "repeat", "seconds", "requests", "errors", "timeouts", "rps", "p50_ms", "p99_ms")
    known = turn.requests > 0
    categories = turn.by_category()
    columns: dict[str, Any] = {column: categories[name] if known else None for name, column in COLUMNS.items()}
    functions = by_function(turn.spent())
    return ProfileSample(
        **{name: getattr(row, name) for name in same},
        **columns,
        cpu_us=turn.cpu_us if known else None,
        sampled_us=round(sum(categories.values()), 2) if known else None,
        gil_us=turn.gil_us if known else None,
        core_us=turn.core_us if known else None,
        runnable_us=turn.runnable_us if known else None,
        sampler_pct=own,
        busy_pct=busy,
        samples=turn.samples,
        sampling_errors=turn.errors,
        top=functions[0][0] if functions else None,
        top_us=round(functions[0][1], 2) if functions and known else None,
    )


def _stacks(contender: str, kept: _Kept) -> StacksSampled:
    spent = {stack: us / kept.repeats for stack, us in kept.spent.items()}
    made = thinned(spent)
    slept = {stack: us / kept.repeats for stack, us in kept.slept.items()}
    return StacksSampled(
        contender=contender,
        samples=kept.samples,
        dropped_us=made.dropped,
        frames=made.frames,
        stacks=made.stacks,
        functions=_functions(spent),
        slept=_functions(slept),
        busy=[round(each, 2) for each in kept.busy],
        waiting=kept.waiting,
    )


def _functions(stacks: dict[Stack, float]) -> list[dict[str, Any]]:
    return [{"function": function, "us": round(us, 2)} for function, us in by_function(stacks)[:FUNCTIONS] if us]


def summarise(rows: Sequence[ProfileSample], _notices: Sequence[Notice]) -> list[dict[str, Any]]:
    return [document(each) for each in summarise_profiles(rows)]


def sentences(_params: dict[str, Any], rows: Sequence[ProfileSample], notices: Sequence[Notice]) -> list[str]:
    found = [each for each in summarise_profiles(rows) if each.spent["sampled"].us is not None]
    found.sort(key=lambda each: _us(each, "sampled"))
    return [
        *_compared(found),
        *(_most(each) for each in found),
        *_top(notices),
        *_lost(rows),
    ]


def _compared(found: Sequence[ProfileSummary]) -> list[str]:
    if len(found) < 2:
        return []
    least, most = found[0], found[-1]
    more = {name: _us(most, name) - _us(least, name) for name in CATEGORIES}
    name = max(more, key=lambda each: more[each])
    total = _us(most, "sampled") - _us(least, "sampled")
    costs = f"A request costs {most.contender} {number(total)} µs more than {least.contender}"
    return [f"{costs}, most of it in {CATEGORIES[name]} ({number(more[name])} µs)."]


def _us(each: ProfileSummary, name: str) -> float:
    return each.spent[name].us or 0.0


def _most(each: ProfileSummary) -> str:
    order = sorted(CATEGORIES, key=lambda name: -_us(each, name))
    parts = [f"{CATEGORIES[name]} {number(each.spent[name].us)}" for name in order[:3] if each.spent[name].us]
    return f"{each.contender} spends {number(each.spent['sampled'].us)} µs of CPU time per request: {', '.join(parts)}."


def _top(notices: Sequence[Notice]) -> list[str]:
    phrases = []
    for each in of(StacksSampled, notices):
        if each.functions:
            first = each.functions[0]
            phrases.append(f"{each.contender}: {first['function']} itself takes {number(first['us'])} µs per request.")
    return phrases


def _lost(rows: Sequence[ProfileSample]) -> list[str]:
    phrases = []
    for contender, own in by(rows, "contender").items():
        if lost := sum(row.errors + row.timeouts for row in own):
            phrases.append(f"{lost_of(contender, lost, lost + sum(row.requests for row in own))} requests.")
    return phrases


def table(rows: Sequence[ProfileSample], notices: Sequence[Notice]) -> Iterable[Part]:
    found = summarise_profiles(rows)
    if not found:
        return
    shown = Table(("by category", *(each.contender for each in found)))
    for name, title in CATEGORIES.items():
        if any(each.spent[name].us for each in found):
            shown.add(title, *(_cell(each.spent[name]) for each in found))
    shown.add("all samples", *(_cell(each.spent["sampled"]) for each in found))
    shown.add("kernel's count", *(_cell(each.spent["cpu"]) for each in found))
    for name, title in WAITS.items():
        if any(each.spent[name].us for each in found):
            shown.add(title, *(_cell(each.spent[name]) for each in found))
    shown.add("workers idle", *("-" if each.busy_pct is None else percent(100 - each.busy_pct) for each in found))
    yield shown
    functions = Table(("function", "contender", "µs"))
    for each in of(StacksSampled, notices):
        for function in each.functions[:SHOWN]:
            functions.add(function["function"], each.contender, number(function["us"]))
    if functions.lines:
        yield functions
    yield Line(LEGEND, "dim")


def _cell(value: Spent) -> str:
    if value.us is None or value.high is None:
        return number(value.us)
    return f"{number(value.us)} ± {number(value.high - value.us)}"


COLOURS = ("#0c9a70", "#a98200", "#6b2a55", "#0a4f9e", "#9c3806", "#627385", "#b02d48")


def draw(figure: Figure, rows: Sequence[ProfileSample]) -> None:
    """A bar a contender, its categories one behind the other; a tick where the kernel's count is."""
    found = summarise_profiles(rows)
    figure.set_size_inches(WIDTH, 1.6 + 0.5 * len(found))
    axis = figure.subplots()
    ends = [0.0] * len(found)
    names = [each.contender for each in found]
    for (name, title), colour in zip(CATEGORIES.items(), COLOURS, strict=True):
        widths = [_us(each, name) for each in found]
        axis.barh(names, widths, left=ends, color=colour, label=title, height=0.6)
        ends = [end + width for end, width in zip(ends, widths, strict=True)]
    axis.plot([_us(each, "cpu") for each in found], names, ls="", marker="|", ms=18, color="black")
    axis.invert_yaxis()
    axis.set_xlabel("µs of CPU time per request (line: as the kernel counted it)")
    axis.legend(fontsize=7, ncols=4)
    axis.grid(alpha=0.3, axis="x")


def succeeded(row: ProfileSample) -> bool:
    return row.requests > 0


SCENARIO = Scenario(run=run, summarise=summarise, sentences=sentences, table=table, draw=draw, succeeded=succeeded)
