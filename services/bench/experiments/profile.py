"""profile: a load, the stacks that samplers take meanwhile, and what they say of a request."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from bench.notices import Notice, StacksSampled, Verdict, of
from bench.scenarios.point import Point, Points
from bench.scenarios.report import Report
from bench.scenarios.sampling import Sampled, stacks_of, take_turn
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict
from bench.stats import Measurement
from bench.stats.categories import CATEGORIES
from bench.stats.difference_phrases import sentence
from bench.stats.paired import difference, log_ratios
from bench.stats.phrases import lost_of
from bench.stats.profiles import ProfileSummary, Spent, document, summarise_profiles
from bench.stats.select import by
from bench.stats.stacks import place_of_wait
from bench.target.samplers import samplers
from bench.views.drawing import WIDTH
from bench.views.parts import Line, Part, Table, number, percent
from experiments.profile import Profile, ProfileSample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 5  # functions of each contender, and groups of what waits, in a terminal
WAITS = {"gil": "waiting for the GIL", "core": "waiting for a core"}
LEGEND = (
    "µs per request, ± half of the 95 % interval over repeats; kernel's: CPU time that it counted of the same threads"
)


async def run(params: Profile, contenders: list[str], report: Report) -> Verdict:
    """Contenders take turns in each repeat, so that what changes on the machine meets all of them."""
    points = Points(params, report, rows=False, repeats=params.repeats)
    kept: dict[str, Sampled] = defaultdict(Sampled)
    checked: list[Measurement] = []
    async with samplers(contenders) as beside:
        await points.prepare(contenders)
        order = [Point(each, params.rate, repeat) for repeat in range(1, params.repeats + 1) for each in contenders]
        for place, point in enumerate(order):
            what = f"{point.contender}, repeat {point.repeat} of {params.repeats}"
            report.turn(what, place, len(order), points.expected_seconds(point.contender, params.seconds) + 2)
            checked.append(await take_turn(params, points, point, beside, kept[point.contender], report))
    for contender, each in kept.items():
        if each.repeats:
            report.notice(stacks_of(contender, each))
    return verdict(checked)


def summarise(rows: Sequence[ProfileSample], _notices: Sequence[Notice]) -> list[dict[str, Any]]:
    return [document(each) for each in summarise_profiles(rows)]


def sentences(_params: dict[str, Any], rows: Sequence[ProfileSample], notices: Sequence[Notice]) -> list[str]:
    found = [each for each in summarise_profiles(rows) if each.spent["sampled"].us is not None]
    found.sort(key=lambda each: _us(each, "sampled"))
    return [
        *_compared(found),
        *(_most(each) for each in found),
        *_top(notices),
        *_own_cost(rows),
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


def _own_cost(rows: Sequence[ProfileSample]) -> list[str]:
    """Of sampling itself, where there were turns without it."""
    phrases = []
    for contender, own in by(rows, "contender").items():
        found = difference(log_ratios([(row.unsampled_us, row.turn_us) for row in own]))
        if found is not None:
            text = sentence("cpu_us", found, "without", f"{contender} with sampling")
            phrases.append(text if found.significant else f"Sampling {contender}: {text[0].lower()}{text[1:]}")
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
    yield from _functions(notices)
    yield from _waits(notices)
    yield Line(LEGEND, "dim")


def _functions(notices: Sequence[Notice]) -> Iterable[Part]:
    shown = Table(("function", "contender", "µs"))
    for each in of(StacksSampled, notices):
        for function in each.functions[:SHOWN]:
            shown.add(function["function"], each.contender, number(function["us"]))
    if shown.lines:
        yield shown


def _waits(notices: Sequence[Notice]) -> Iterable[Part]:
    shown = Table(("waiting, when most did", "contender", "tasks or greenlets"))
    for each in of(StacksSampled, notices):
        for group in [group for group in each.waiting if group["stack"]][:SHOWN]:  # runs of before have empty ones
            shown.add(place_of_wait(group["stack"]), each.contender, str(group["tasks"]))
    if shown.lines:
        yield shown


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
