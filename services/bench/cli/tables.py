"""Results as a person reads them in a terminal: a table an experiment, and a Gantt chart of a race."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.cli.gantt import gantt
from bench.messages import Noticed, Row
from bench.stats.advice import advice, has_few_responses
from bench.stats.outcome import succeeded
from bench.stats.spoken import by_kind
from bench.stats.summary import Pointed, by, data_of, fetched, pointed, probed, raced, verdicts
from contender.catalogue import in_order
from experiments.labels import label

WIDE = 200  # columns, where there is no terminal that says how many it has
ROOMY = 150  # columns: a line for a run, with all contenders and a few words of its note

EVEN = 0.9  # Jain's index of two processes of which one serves twice as many as the other

_BARS = "▁▂▃▄▅▆▇█"


def table(experiment: str, rows: Sequence[Row], notices: Sequence[Noticed], columns: int = WIDE) -> RenderableType:
    """All that is known of a run, however far it came, for a terminal of that width."""
    if not rows:
        return Text("No results.")
    picture = [gantt(rows, columns)] if experiment == "race" else []
    return Group(*picture, *parts(experiment, rows, notices))


def parts(experiment: str, rows: Sequence[Row], notices: Sequence[Noticed]) -> list[RenderableType]:
    """The same without a picture of letters: Tables and Texts, one after the other."""
    return [*_PARTS[experiment](rows, notices), *_sentences(notices), *_verdict(notices)]


def listed(runs: Sequence[Row], columns: int) -> RenderableType:
    """A line a run; where there is no room for it, two."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("run", "experiment", "state", "created", "requests", "contenders", "note"):
        shown.add_column(name, no_wrap=name != "note")
    narrow = Text()
    for run in runs:
        first = [run["id"], run["experiment"], run["state"], run["created"][:16].replace("T", " ")]
        second = [label(run["experiment"], run["params"]), " ".join(run["contenders"]), run["note"]]
        shown.add_row(*first, *second)
        narrow.append("{} {:<12} {:<9} {}\n".format(*first)).append(f"  {'  '.join(second).rstrip()}\n", "dim")
    return shown if columns >= ROOMY else narrow


def _race(rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    shown = _table("contender", "answered", "errors", "first", "last", "at once", "processes", "lanes")
    for each in raced(rows):
        shown.add_row(
            each.contender,
            *map(str, (each.answered, each.errors)),
            *map(_ms, (each.first_ms, each.last_ms)),
            *map(str, (each.at_once, each.processes, each.lanes)),
        )
    yield shown
    for each in raced(rows):
        if each.text:
            yield Text(each.text)
        if each.errors and not data_of(notices, "summary"):  # of a run that did not come to its end
            yield Text(f"{each.failed}.", style="yellow")


def _sweep(rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    yield from _points("in flight", rows, notices)
    for contender, sparkline in _sparklines(pointed(rows)).items():
        yield Text(f"{contender:>10} {sparkline} req/s, point by point")


def _rate(rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    yield from _points("rate", rows, notices)
    shown = _table("contender", "p99 corrected", "p99 uncorrected")
    for each in pointed(rows, notices):
        p99s = map(_ms, (each.values["p99_ms"], each.uncorrected_p99_ms))
        shown.add_row(each.contender, *(_marked(p99, "p99_ms", each.too_few_for) for p99 in p99s))
    yield shown


def _capacity(rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    yield from _points("rate", rows, notices)
    for data in data_of(notices, "answer"):
        yield Text(str(data["text"]))


def _slow(rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    yield from _probes(rows, notices)
    shown = _table("contender", "via", "slow clients connected", "dropped", "answered", "refused", "held at end")
    for data in data_of(notices, "slow"):
        counts = (data[name] for name in ("connected", "dropped", "answered", "refused", "holding"))
        shown.add_row(data["contender"], data["via"], *map(str, counts))
    yield shown


def _probes(rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    shown = _table("contender", "via", "phase", "probes", "err", "t/o", "p50", "p99", "max")
    every = probed(rows)
    for each in every:
        p50, p99 = (_marked(_ms(getattr(each, name)), name, each.too_few_for) for name in ("p50_ms", "p99_ms"))
        counts = map(str, (each.sent, each.errors, each.timeouts))
        shown.add_row(each.contender, each.via, each.phase, *counts, p50, p99, _ms(each.max_ms))
    yield shown
    if any("p99_ms" in each.too_few_for for each in every):
        yield Text(_FEW, style="dim")


# A glyph a verdict: no colour is needed to read it.
GLYPHS = {"yes": "✓", "partly": "~", "no": "✗"}


def _protocols(rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    """A grid a way, and below them the evidence of what is not a plain yes, once for all who have it in common."""
    for head, *lines in _grids(rows):
        shown = _table(*head)
        for line in lines:
            shown.add_row(*line)
        yield shown
    yield Text(" ".join(f"{glyph} {verdict}" for verdict, glyph in GLYPHS.items()), style="dim")
    for via, features in verdicts(rows).items():
        for feature, cells in features.items():
            alike: dict[tuple[str, str], list[str]] = defaultdict(list)
            for name, row in cells.items():
                if row["verdict"] != "yes":
                    alike[GLYPHS[row["verdict"]], row["evidence"].replace(f"/{name}/", "/")].append(name)
            for (glyph, evidence), names in alike.items():
                yield Text(f"{glyph} {feature}, {via}, {', '.join(in_order(names))}: {evidence}")


def grid(rows: Sequence[Row]) -> str:
    """The same as Markdown: a table a way, whose cells a page can show."""
    lines = []
    for head, *grid_lines in _grids(rows):
        lines += [_markdown(head), "|---|" + ":-:|" * (len(head) - 1), *map(_markdown, grid_lines), ""]
    return "\n".join(lines)


def _markdown(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _grids(rows: Sequence[Row]) -> Iterable[list[list[str]]]:
    """A grid a way: a head of contenders, then a line of glyphs a feature."""
    contenders = in_order(by(rows, "contender"))
    for via, features in verdicts(rows).items():
        lines = [
            [feature, *(GLYPHS[cells[name]["verdict"]] if name in cells else "" for name in contenders)]
            for feature, cells in features.items()
        ]
        yield [[via, *contenders], *lines]


def _waterfall(rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    shown = _table("contender", "protocol", "connections", "answered", "errors", "last", "at once")
    for each in fetched(rows):
        counts = map(str, (each.connections, each.answered, each.errors))
        shown.add_row(each.contender, each.protocol, *counts, _ms(each.last_ms), str(each.at_once))
    yield shown


def _workers(rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    shown = _table("contender", "workers", "req/s", "model", "ratio", "p50", "p99", "CPU", "MiB", "")
    for row in rows:
        share = None if not row["rate"] or not row["predicted_rate"] else 100 * row["rate"] / row["predicted_rate"]
        shown.add_row(
            row["contender"],
            str(row["workers"]),
            *map(_number, (row["rate"], row["predicted_rate"])),
            _percent(share),
            _number(row["p50_ms"]),
            _p99(row),
            _percent(row["cpu_pct"]),
            _number(row["memory_mb"]),
            "?" if row["doubted"] else "",
        )
    yield shown
    yield Text("highest rate that met the target; p50 and p99 at it, in ms; CPU of one core", style="dim")
    if any(map(has_few_responses, rows)):
        yield Text(_FEW, style="dim")


def _advise(rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    head, *lines = advised(rows)
    shown = _table(*head)
    for line in lines:
        shown.add_row(*line)
    yield shown
    if any(map(has_few_responses, rows)):
        yield Text(_FEW, style="dim")
    for data in data_of(notices, "advice")[-1:]:
        if data["command"]:
            yield Text(f"\n  {data['command']}\n", style="bold")
        yield from (Text(each, style="dim") for each in data["rests_on"])


KEPT = {True: "yes", False: "no", None: "-"}


def _p99(row: Row) -> str:
    return _number(row["p99_ms"]) + ("*" if row["p99_ms"] is not None and has_few_responses(row) else "")


def advised(rows: Sequence[Row]) -> list[list[str]]:
    """A head and a line for each number of workers that was measured, or contender that was not."""
    head = ["contender", "workers", "met", "×1.5", "p50", "p99", "model", "CPU", "MiB", ""]
    lines = [
        [
            row["contender"],
            "-" if row["workers"] is None else str(row["workers"]),
            KEPT[row["kept"]],
            KEPT[row["kept_more"]],
            _number(row["p50_ms"]),
            _p99(row),
            _number(row["predicted_p99_ms"]),
            _percent(row["cpu_pct"]),
            _number(row["memory_mb"]),
            "?" if row["doubted"] else "",
        ]
        for name in in_order(by(rows, "contender"))
        for row in sorted(by(rows, "contender")[name], key=lambda row: row["workers"] or 0)
    ]
    return [head, *lines]


def advice_as_markdown(params: Row, rows: Sequence[Row]) -> str:
    """For a pull request: the recommendation, the table, and what it rests on."""
    found = advice(params, rows)
    head, *lines = advised(rows)
    table = [_markdown(head), "|---|" + "--:|" * (len(head) - 1), *map(_markdown, lines)]
    command = ["```", found.command, "```"] if found.command else []
    target = f"{label('advise', params)}: {params['rate']:g} req/s, p99 ≤ {params['p99_ms']:g} ms"
    parts = [f"**{target}**", "\n".join(f"- {each}" for each in found.sentences), "\n".join(command)]
    rests = "\n".join(f"- {each}" for each in found.rests_on)
    return "\n\n".join([*filter(None, parts), "\n".join(table), f"Caveats:\n\n{rests}"])


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} %"


_PARTS = {
    "race": _race,
    "sweep": _sweep,
    "rate": _rate,
    "capacity": _capacity,
    "victim": _probes,
    "slow-clients": _slow,
    "protocols": _protocols,
    "waterfall": _waterfall,
    "workers": _workers,
    "advise": _advise,
}


_LEGEND = (
    "p50 to p99.9 in ms; spread of req/s across repeats; t/o: timeouts; CPU of one core; "
    "?: see the validity warnings; *: fewer than ten responses beyond this percentile"
)
_FEW = "*: fewer than ten responses beyond this percentile"


def _points(what: str, rows: Sequence[Row], notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    """Narrow enough for a terminal of 80 columns."""
    names = (what, "req/s", "spread", "p50", "p99", "p99.9", "err", "t/o", "CPU", "µs/req", "MiB")
    shown = _table("contender", *names, "")
    doubtful = _doubtful(notices)
    for each in pointed(rows):
        value = each.values
        cost = 1e4 * value["cpu_pct"] / value["rps"] if value["rps"] and value["cpu_pct"] is not None else None
        shown.add_row(
            each.contender,
            f"{each.point:g}",
            _number(value["rps"]),
            "" if each.spread_pct is None else f"{each.spread_pct:.0f} %",
            *(_marked(_number(value[name]), name, each.too_few_for) for name in ("p50_ms", "p99_ms", "p999_ms")),
            *map(str, (each.errors, each.timeouts)),
            "-" if value["cpu_pct"] is None else f"{value['cpu_pct']:.0f} %",
            _number(cost),
            _number(value["rss_mb"]),
            "?" if (each.contender, each.point) in doubtful else "",
        )
    yield shown
    yield Text(_LEGEND, style="dim")
    if succeeded("sweep", rows):  # else they are in the error of the run
        yield from _kinds_of_errors(notices)
    yield from _uneven("in flight" if what == "in flight" else "req/s", notices)


def _kinds_of_errors(notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for data in data_of(notices, "point"):
        kinds[data["contender"]].update(data.get("errors", {}))
    for contender, counts in kinds.items():
        if counts:
            yield Text(f"{contender}: {by_kind(counts)}", style="yellow")


def _uneven(what: str, notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    """Of each contender at its highest point: a request alone has but one process to go to."""
    shared: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for data in data_of(notices, "point"):
        if (fairness := data.get("fairness", {}).get("workers")) is not None:
            shared[data["contender"]][data["point"]].append(fairness)
    for contender, points in shared.items():
        index = median(points[max(points)])
        if index < EVEN:
            fairness = f"fairness {index:.2f} (Jain's index: 1 is even, 1/n is one did it all)"
            yield Text(f"{contender}: uneven load across processes at {max(points):g} {what}: {fairness}")


def _doubtful(notices: Sequence[Noticed]) -> set[tuple[str, float]]:
    return {(data["contender"], data["point"]) for data in data_of(notices, "point") if not data["valid"]}


def _sparklines(points: Sequence[Pointed]) -> dict[str, str]:
    most = max((each.values["rps"] or 0 for each in points), default=0) or 1
    lines: dict[str, str] = {}
    for each in points:
        height = int((len(_BARS) - 1) * ((each.values["rps"] or 0) / most))
        lines[each.contender] = lines.get(each.contender, "") + _BARS[height]
    return lines


def _sentences(notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    """Of a run that came to its end; those of earlier versions have none."""
    for data in data_of(notices, "summary")[-1:]:
        yield from map(Text, data["sentences"])


def _verdict(notices: Sequence[Noticed]) -> Iterable[RenderableType]:
    for data in data_of(notices, "verdict")[-1:]:
        if data["noisy"]:
            of = f" in {data['figure']}" if data.get("figure") else ""
            noisy = f"Noisy: repeats vary by {data['spread_pct']:.0f} %{of} (limit {data['bound_pct']:.0f} %)."
            yield Text(noisy, style="yellow")
        for doubt in data["doubts"]:
            yield Text(_warning(doubt), style="yellow")
        for each in data["advice"]:
            yield Text(f"Suggestion: {each}")


def _warning(doubt: dict[str, Any] | str) -> str:
    if isinstance(doubt, str):  # of a run that was recorded by an earlier version
        return f"Validity warning: {doubt}"
    often = f" ({doubt['points']} of {doubt['of']} measurements)" if doubt.get("of", 1) > 1 else ""
    return f"Validity warning{often}: {doubt['text']}"


def _table(*names: str) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for number, name in enumerate(names):
        text = name in ("contender", "via", "phase", "protocol", "") or not number
        # Folded where there is no room: a figure that is cut is another figure.
        shown.add_column(name, justify="left" if text else "right", no_wrap=not number, overflow="fold")
    return shown


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{_number(value)} ms"


def _marked(figure: str, name: str, too_few_for: Sequence[str]) -> str:
    return f"{figure}*" if name in too_few_for and figure != "-" else figure


def _number(value: float | None) -> str:
    """Three digits, which is what a measurement here is good for; whole from a hundred on."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
