"""memory: requests, and what tracemalloc finds left of them in the workers, by the line that allocated it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from bench.notices import MemoryTraced, Notice, Verdict, of
from bench.scenarios.point import Points
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.tracing import take_turn
from bench.scenarios.verdict import verdict
from bench.stats import Measurement
from bench.stats.growth import EACH, LEAST, grows
from bench.stats.phrases import lost_of
from bench.stats.select import by
from bench.target.samplers import samplers
from bench.views.drawing import WIDTH
from bench.views.parts import Line, Part, Table, number
from experiments.memory import Memory, MemorySample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 10  # lines of each contender, in a terminal and in a chart
LEGEND = (
    f"allocated during the requests, and still there; below {EACH:g} bytes per request, or {LEAST // 1024} KiB in all, "
    "it may be something else than requests that a line keeps"
)
EXPECTED = 10.0  # seconds a contender, about: 12,000 requests at 2,000 a second, and six replies of its workers


async def run(params: Memory, contenders: list[str], report: Report) -> Verdict:
    points = Points(params, report, rows=False)
    checked: list[Measurement] = []
    async with samplers(contenders) as beside:
        await points.prepare(contenders)
        for place, contender in enumerate(contenders):
            report.turn(contender, place, len(contenders), EXPECTED * params.requests / 10_000)
            checked.append(await take_turn(params, points, contender, beside, report))
    return verdict(checked)


def summarise(rows: Sequence[MemorySample], notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """A row a contender: what its lines keep that grow with the requests, and what tracing cost."""
    traced = {each.contender: each.document() for each in of(MemoryTraced, notices)}
    return [
        {"contender": contender, "bytes_per_request": round(_all_kept(rows, contender), 2), **traced.get(contender, {})}
        for contender in traced | by(rows, "contender")
    ]


def _all_kept(rows: Sequence[MemorySample], contender: str) -> float:
    return sum(row.bytes_per_request for row in _growing(rows, contender))


def _growing(rows: Sequence[MemorySample], contender: str) -> list[MemorySample]:
    return [row for row in rows if row.contender == contender and grows(row.kib * 1024, row.requests)]


def sentences(_params: dict[str, Any], rows: Sequence[MemorySample], notices: Sequence[Notice]) -> list[str]:
    traced = list(of(MemoryTraced, notices))
    return [
        *(each for one in traced for each in _kept(one.contender, rows)),
        *(phrase for one in traced if (phrase := _cost(one)) is not None),
        *_lost(rows),
    ]


def _kept(contender: str, rows: Sequence[MemorySample]) -> list[str]:
    growing = _growing(rows, contender)
    if not growing:
        return [f"{contender}: no line of code keeps memory of each request."]
    return [
        f"{contender} keeps {number(row.bytes_per_request)} bytes of each request at {row.file}:{row.line} "
        f"({_size(row.kib)} after {row.requests:,} requests)."
        for row in growing[:3]
    ]


def _size(kib: float) -> str:
    return f"{number(kib / 1024)} MiB" if kib >= 1024 else f"{number(kib)} KiB"


def _cost(one: MemoryTraced) -> str | None:
    if not one.cpu_us or one.traced_us is None:
        return None
    return (
        f"{one.contender}: while it was traced, a request took {number(one.traced_us)} µs of CPU time instead of "
        f"{number(one.cpu_us)}, and the record of its allocations {number(one.overhead_mb)} MiB."
    )


def _lost(rows: Sequence[MemorySample]) -> list[str]:
    return [
        f"{lost_of(contender, own[0].errors, own[0].requests)} requests."
        for contender, own in by(rows, "contender").items()
        if own[0].errors
    ]


def table(rows: Sequence[MemorySample], _notices: Sequence[Notice]) -> Iterable[Part]:
    shown = Table(("line", "contender", "bytes per request", "KiB", "objects"))
    for contender, own in by(rows, "contender").items():
        for row in own[:SHOWN]:
            figures = number(row.bytes_per_request), number(row.kib), f"{row.objects:,}"
            shown.add(f"{row.file}:{row.line}", contender, *figures)
    if shown.lines:
        yield shown
        yield Line(LEGEND, "dim")


def draw(figure: Figure, rows: Sequence[MemorySample]) -> None:
    """A bar a line."""
    shown = [row for own in by(rows, "contender").values() for row in own[:SHOWN]]
    figure.set_size_inches(WIDTH, 1.2 + 0.3 * len(shown))
    axis = figure.subplots()
    places = range(len(shown))
    axis.barh(places, [row.bytes_per_request for row in shown], color="#0a4f9e", height=0.6)
    axis.set_yticks(places, [f"{row.contender} {row.file}:{row.line}" for row in shown], fontsize=7)
    axis.invert_yaxis()
    axis.set_xlabel("bytes that are left of each request, by the line that allocated them")
    axis.grid(alpha=0.3, axis="x")


def succeeded(row: MemorySample) -> bool:
    return row.errors < row.requests


SCENARIO = Scenario(run=run, summarise=summarise, sentences=sentences, table=table, draw=draw, succeeded=succeeded)
