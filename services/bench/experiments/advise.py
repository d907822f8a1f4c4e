"""advise: which worker class, and how many, meet a goal? Predicted by theory, then measured, the cheapest first."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from bench.notices import Notice, Recommended, Verdict, of
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.trials import REPEATS, Trial, Trials
from bench.scenarios.verdict import verdict_on_points
from bench.stats.advice import MORE, advice, has_few_responses, on_frontier
from bench.stats.phrases import count
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
FRONTIER = "frontier: no other beats it in p99, CPU and memory together; repeats: the range of their p99"


async def run(params: Advise, contenders: list[str], report: Report) -> Verdict:
    """First how many workers each needs; then all in turn at the rate, so that what changes meanwhile is in all."""
    trials = Trials(params, report)
    candidates = []
    for turn, contender in enumerate(contenders):
        done, until = (0.15 * part / len(contenders) for part in (turn, turn + 1))
        report.begin(f"{contender}, one request at a time", done, until, 20 * lab.service_seconds(params) + 2)
        if (candidate := await trials.candidate(contender)) is not None:
            candidates.append(candidate)
    candidates.sort(key=lambda each: each.start * each.worker_mb)
    seconds = trials.seconds((1 + REPEATS) * len(candidates))
    tried = []
    for turn, candidate in enumerate(candidates):
        done, until = (0.15 + 0.2 * part / len(candidates) for part in (turn, turn + 1))
        report.begin(f"{candidate.contender}, {count(candidate.start, 'worker')} predicted", done, until, seconds + 3)
        tried.append(await trials.size(candidate, seconds))
    for turn, trial in enumerate(tried):
        done, until = (0.35 + 0.15 * part / len(tried) for part in (turn, turn + 1))
        report.begin(f"{_title(trial)}, {MORE:g} times the rate", done, until, seconds + 2)
        tried[turn] = await trials.headroom(trial, seconds)
    await _in_turn(trials, tried, seconds, report)
    report.notice(advice(params.model_dump(mode="json"), trials.rows).notice())
    return verdict_on_points(trials.measured, figure=None)


async def _in_turn(trials: Trials, tried: list[Trial], seconds: float, report: Report) -> None:
    """The other repeats, then what fewer workers do, as far as there is time."""
    turns = [(repeat, trial) for repeat in range(2, REPEATS + 1) for trial in tried]
    for turn, (repeat, trial) in enumerate(turns):
        done, until = (0.5 + 0.4 * part / len(turns) for part in (turn, turn + 1))
        report.begin(f"{_title(trial)}, repeat {repeat} of {REPEATS}", done, until, seconds + 2)
        await trials.repeat(trial, seconds)
    for trial in tried:
        trials.row(trial)
    for turn, trial in enumerate(tried):
        done, until = (0.9 + 0.1 * part / len(tried) for part in (turn, turn + 1))
        report.begin(f"{trial.candidate.contender}, with fewer workers", done, until, seconds + 2)
        await trials.fewer(trial, seconds)


def _title(trial: Trial) -> str:
    return f"{trial.candidate.contender}, {count(trial.count, 'worker')}"


def summarise(rows: Sequence[AdviceSample], _notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """The rows, and which of them are on the frontier of p99, cores and memory."""
    best = on_frontier(rows)
    return [row.model_dump(mode="json") | {"frontier": row in best} for row in rows]


def sentences(params: dict[str, Any], rows: Sequence[AdviceSample], _notices: Sequence[Notice]) -> list[str]:
    return advice(params, rows).sentences if rows else []


def table(rows: Sequence[AdviceSample], notices: Sequence[Notice]) -> Iterable[Part]:
    yield _trial_table(rows)
    if on_frontier(rows):
        yield Line(FRONTIER, "dim")
    if any(map(has_few_responses, rows)):
        yield Line(FEW, "dim")
    for found in of(Recommended, notices)[-1:]:
        if found.command:
            yield Line(f"\n  {found.command}\n", "bold")
        yield from (Line(each, "dim") for each in found.rests_on)


def _trial_table(rows: Sequence[AdviceSample]) -> Table:
    """A line for each number of workers that was measured, or contender that was not."""
    shown = Table(("contender", "workers", "met", "×1.5", "p50", "p99", "repeats", "model", "CPU", "MiB", "", ""))
    contenders, best = by(rows, "contender"), on_frontier(rows)
    for name in in_order(contenders):
        for row in sorted(contenders[name], key=lambda row: row.workers or 0):
            shown.add(
                row.contender,
                "-" if row.workers is None else str(row.workers),
                KEPT[row.kept],
                KEPT[row.kept_more],
                number(row.p50_ms),
                p99_of(row),
                _range(row),
                number(row.predicted_p99_ms),
                percent(row.cpu_pct),
                number(row.memory_mb),
                "frontier" if row in best else "",
                "?" if row.doubted else "",
            )
    return shown


def _range(row: AdviceSample) -> str:
    """Of the p99 of its repeats, from the lowest to the highest."""
    if row.repeats is None or row.repeats < 2:
        return "-"
    return f"{number(row.p99_low_ms)}-{number(row.p99_high_ms)}"


def markdown(params: dict[str, Any], rows: Sequence[AdviceSample]) -> str:
    """For a pull request: the recommendation, the table, and what it rests on."""
    found = advice(params, rows)
    command = ["```", found.command, "```"] if found.command else []
    target = f"{label('advise', params)}: {params['rate']:g} req/s, p99 ≤ {params['p99_ms']:g} ms"
    parts = [f"**{target}**", "\n".join(f"- {each}" for each in found.sentences), "\n".join(command)]
    rests = "\n".join(f"- {each}" for each in found.rests_on)
    return "\n\n".join([*filter(None, parts), _trial_table(rows).markdown("--:"), f"Caveats:\n\n{rests}"])


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
