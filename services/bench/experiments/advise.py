"""advise: which worker class, and how many, meet a goal? Predicted by theory, then measured, the cheapest first."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from bench.notices import Notice, Recommended, Verdict, of
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.trials import Trials
from bench.scenarios.verdict import verdict_on_points
from bench.stats.advice import advice, has_few_responses
from bench.stats.select import by
from bench.target import lab
from bench.views.drawing import WIDTH, colour_of
from bench.views.parts import FEW, Line, Part, Table, number, p99_of, percent
from contender.catalogue import in_order
from experiments.advise import AdviceSample, Advise
from experiments.registry import label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEPT = {True: "yes", False: "no", None: "-"}


async def run(params: Advise, contenders: list[str], report: Report) -> Verdict:
    trial = Trials(params, report)
    candidates = []
    for contender in contenders:
        report.begin(f"{contender}, one request at a time", 0, 0.1, 20 * lab.service_seconds(params))
        if (candidate := await trial.candidate(contender)) is not None:
            candidates.append(candidate)
    candidates.sort(key=lambda each: each.predicted * each.worker_mb)
    for turn, candidate in enumerate(candidates):
        done, until = (0.1 + 0.9 * part / len(candidates) for part in (turn, turn + 1))
        report.begin(f"{candidate.contender}, {candidate.predicted} workers predicted", done, until, 6 * trial.seconds)
        await trial.measure(candidate)
    report.notice(advice(params.model_dump(mode="json"), trial.rows).notice())
    return verdict_on_points(trial.measured, figure=None)


def summarise(rows: Sequence[AdviceSample], _notices: Sequence[Notice]) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json") for row in rows]


def sentences(params: dict[str, Any], rows: Sequence[AdviceSample], _notices: Sequence[Notice]) -> list[str]:
    return advice(params, rows).sentences if rows else []


def table(rows: Sequence[AdviceSample], notices: Sequence[Notice]) -> Iterable[Part]:
    yield _tried(rows)
    if any(map(has_few_responses, rows)):
        yield Line(FEW, "dim")
    for found in of(Recommended, notices)[-1:]:
        if found.command:
            yield Line(f"\n  {found.command}\n", "bold")
        yield from (Line(each, "dim") for each in found.rests_on)


def _tried(rows: Sequence[AdviceSample]) -> Table:
    """A line for each number of workers that was measured, or contender that was not."""
    shown = Table(("contender", "workers", "met", "×1.5", "p50", "p99", "model", "CPU", "MiB", ""))
    contenders = by(rows, "contender")
    for name in in_order(contenders):
        for row in sorted(contenders[name], key=lambda row: row.workers or 0):
            shown.add(
                row.contender,
                "-" if row.workers is None else str(row.workers),
                KEPT[row.kept],
                KEPT[row.kept_more],
                number(row.p50_ms),
                p99_of(row),
                number(row.predicted_p99_ms),
                percent(row.cpu_pct),
                number(row.memory_mb),
                "?" if row.doubted else "",
            )
    return shown


def markdown(params: dict[str, Any], rows: Sequence[AdviceSample]) -> str:
    """For a pull request: the recommendation, the table, and what it rests on."""
    found = advice(params, rows)
    command = ["```", found.command, "```"] if found.command else []
    target = f"{label('advise', params)}: {params['rate']:g} req/s, p99 ≤ {params['p99_ms']:g} ms"
    parts = [f"**{target}**", "\n".join(f"- {each}" for each in found.sentences), "\n".join(command)]
    rests = "\n".join(f"- {each}" for each in found.rests_on)
    return "\n\n".join([*filter(None, parts), _tried(rows).markdown("--:"), f"Caveats:\n\n{rests}"])


def highlight(params: dict[str, Any], rows: Sequence[AdviceSample]) -> tuple[str, str | None]:
    found = advice(params, rows)
    return " ".join(found.sentences[:1]), found.command


def draw(figure: Figure, rows: Sequence[AdviceSample]) -> None:
    """The p99 of each number of workers that was measured, with that of theory."""
    measured = [row for row in rows if row.p99_ms is not None]
    figure.set_size_inches(WIDTH, 1.5 + 0.3 * max(1, len(measured)))
    axis = figure.subplots()
    for place, row in enumerate(measured):
        colour = colour_of(row.contender)
        axis.barh(place, row.p99_ms or 0, color=colour, alpha=1 if row.kept else 0.4, height=0.6)
        if row.predicted_p99_ms is not None:
            axis.plot([row.predicted_p99_ms] * 2, [place - 0.4, place + 0.4], color="black", lw=1.5)
    labels = [f"{row.contender}, {row.workers}{'' if row.kept else ' (missed)'}" for row in measured]
    axis.set_yticks(range(len(measured)), labels, fontsize=8)
    axis.invert_yaxis()
    axis.set(xscale="log", xlabel="p99 in ms (black line: model)")
    axis.spines[["top", "right"]].set_visible(False)


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=draw,
    succeeded=lambda row: row.kept is not None,  # None: it could not be measured
    markdown=markdown,
    highlight=highlight,
)
