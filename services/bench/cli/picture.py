"""The results as a PNG: swim lanes of a race, curves over points, a timeline of probes."""

import io
import os
import textwrap
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any

os.environ.setdefault(
    "MPLCONFIGDIR", "/tmp/matplotlib"
)  # it writes a cache of fonts; the root file system is read-only

import matplotlib

matplotlib.use("agg")  # no screen

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.cli.tables import GLYPHS
from bench.messages import Noticed, Row
from bench.stats.conclusion import knee
from bench.stats.summary import by, data_of, lane, pointed, waited_ms
from contender.catalogue import CONTENDERS, in_order
from experiments.labels import label

# Those of the dashboard on a light page (nginx/html/colours.css), by order in the catalogue.
ACCENTS = ("#0a4f9e", "#9c3806", "#0c9a70", "#6b2a55", "#a98200", "#5526d8", "#627385", "#b02d48", "#0b7c93", "#5d6b1a")
COLOURS = dict(zip(CONTENDERS, cycle(ACCENTS), strict=False))  # those of the user's own begin again
OTHER = "#4d5c69"  # of a contender that is not in the catalogue any more

VERDICTS = {"yes": "#08664a", "partly": "#7a4d00", "no": "#a3222f"}

IN_FLIGHT = "requests in flight"

HOLLOW = "; hollow: too few responses for a p99"

WIDTH = 10  # inches, at 120 dots each
LANE, TALLEST = 0.16, 9  # inches of height a lane, and all lanes together: five hundred greenlets get thin
EDGE, THIN = 0.4, 40  # points around a bar, which would be all that is seen of it among more lanes than this
WAITING = 0.15  # opacity
COLUMNS = 110  # letters of the title in that width


def png(run: dict[str, Any], rows: list[Row], notices: Sequence[Noticed] = ()) -> bytes:
    """`notices` have the sentences of a run that came to its end."""
    figure = _DRAWN[run["experiment"]](rows)
    figure.suptitle(_title(run, notices), x=0.01, ha="left", fontsize=11)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=120)
    return file.getvalue()


def _title(run: dict[str, Any], notices: Sequence[Noticed]) -> str:
    what = label(run["experiment"], run["params"])
    sentences = " ".join(data_of(notices, "summary")[-1]["sentences"]) if data_of(notices, "summary") else ""
    return "\n".join([f"{run['experiment']}: {what}, {run['created'][:10]}", *textwrap.wrap(sentences, COLUMNS)])


def _race(rows: list[Row]) -> Figure:
    contenders = by(rows, "contender")
    lanes = {name: _lanes(own) for name, own in contenders.items()}
    heights = [max(4, len(each)) for each in lanes.values()]
    tall = min(TALLEST, LANE * sum(heights))
    figure = Figure(figsize=(WIDTH, 1.2 + tall + 0.5 * len(heights)), layout="constrained")
    axes = figure.subplots(len(contenders), sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    for axis, (name, own) in zip(axes, contenders.items(), strict=True):
        _swim(axis, name, own, lanes[name])
    axes[-1].set_xlabel("ms since the requests were sent (light: queued, solid: processing)")
    return figure


Lane = tuple[str, int, str]


def _lanes(rows: list[Row]) -> list[Lane]:
    found = {lane(row) for row in rows if row["pid"] is not None}
    return sorted(found, key=lambda each: (*each[:2], len(each[2]), each[2]))


def _swim(axis: Axes, name: str, rows: list[Row], lanes: list[Lane]) -> None:
    edge = EDGE if len(lanes) <= THIN else 0
    for row in rows:
        if row["pid"] is None or row["started"] is None:
            continue
        place = lanes.index(lane(row))
        wait, work = (1000 * (row[end] - row["sent"]) for end in ("started", "finished"))
        colour = COLOURS.get(name, OTHER)
        axis.barh(place, wait, color=colour, alpha=WAITING, height=0.7)
        axis.barh(place, work - wait, left=wait, color=colour, height=0.7, edgecolor="white", linewidth=edge)
    axis.set_ylim(max(3.5, len(lanes) - 0.5), -0.5)
    axis.set_yticks([])
    errors = sum(row["error"] is not None for row in rows)
    axis.set_title(f"{name}: {len(lanes)} lanes" + (f", {errors} errors" if errors else ""), loc="left", fontsize=9)
    axis.spines[["top", "right", "left"]].set_visible(False)


def _curves(what: str) -> Callable[[list[Row]], Figure]:
    def drawn(rows: list[Row]) -> Figure:
        figure = Figure(figsize=(WIDTH, 7), layout="constrained")
        above, below = figure.subplots(2, sharex=True)
        for name, own in by(rows, "contender").items():
            points = sorted(pointed(own), key=lambda each: each.point)
            colour = COLOURS.get(name, OTHER)
            x = [each.point for each in points]
            above.plot(x, [each.values["rps"] for each in points], marker="o", color=colour, label=name)
            below.plot(x, [each.values["p99_ms"] for each in points], marker="o", color=colour, label=f"{name} p99")
            few = [(each.point, each.values["p99_ms"]) for each in points if "p99_ms" in each.too_few_for]
            if few:
                below.plot(*zip(*few, strict=True), ls="", marker="o", mfc="white", color=colour)
            middle = [each.values["p50_ms"] for each in points]
            below.plot(x, middle, marker=".", ls="--", color=colour, label=f"{name} p50")
        above.set_ylabel("req/s")
        hollow = any("p99_ms" in each.too_few_for for each in pointed(rows))
        below.set(ylabel="ms", xlabel=f"{what}{HOLLOW if hollow else ''}", yscale="log")
        if what == IN_FLIGHT:  # they double
            below.set_xscale("log", base=2)
            below.xaxis.set_major_formatter("{x:g}")
        for axis in (above, below):
            axis.grid(alpha=0.3)
            axis.legend(fontsize=7, ncols=2)
        return figure

    return drawn


def _timeline(rows: list[Row]) -> Figure:
    parts = by(rows, "contender")
    figure = Figure(figsize=(WIDTH, 1 + 2 * len(parts)), layout="constrained")
    axes = figure.subplots(len(parts), squeeze=False)[:, 0]
    for axis, (name, own) in zip(axes, parts.items(), strict=True):
        for via, probes in by(own, "via").items():
            begin = min(row["due"] for row in probes)  # the first one may be answered last
            points = [(row["due"] - begin, took) for row in probes if (took := waited_ms(row)) is not None]
            marker = "o" if via == "nginx" else "x"
            axis.plot(
                [x for x, _ in points],
                [took for _, took in points],
                ls="",
                ms=3,
                marker=marker,
                color=COLOURS.get(name, OTHER),
                label=via,
            )
            during = [row["due"] - begin for row in probes if row["phase"] == "during"]
            if during:
                axis.axvspan(min(during), max(during), color="grey", alpha=0.12)
        axis.set(yscale="log", ylabel="ms")
        axis.set_title(name, loc="left", fontsize=9)
        axis.legend(fontsize=7)
    axes[-1].set_xlabel("seconds (shaded: attack; timed-out probes are drawn at the timeout)")
    return figure


def _grid(rows: list[Row]) -> Figure:
    """A square a verdict, with its glyph: no colour is needed to read it."""
    contenders, features = in_order(by(rows, "contender")), list(by(rows, "feature"))
    figure = Figure(figsize=(WIDTH, 1.6 + 0.24 * len(features)), layout="constrained")
    axes = figure.subplots(1, len(by(rows, "via")), sharey=True, squeeze=False)[0]
    for axis, (via, every) in zip(axes, by(rows, "via").items(), strict=True):
        for row in every:
            x, y = contenders.index(row["contender"]), features.index(row["feature"])
            axis.barh(y, 0.9, left=x - 0.45, height=0.9, color=VERDICTS[row["verdict"]], alpha=0.3)
            axis.text(x, y, GLYPHS[row["verdict"]], ha="center", va="center", fontsize=8)
        axis.set_title(via, loc="left", fontsize=9)
        axis.set_xticks(range(len(contenders)), contenders, rotation=60, ha="right", fontsize=7)
        axis.set_yticks(range(len(features)), features, fontsize=7)
        axis.set(xlim=(-0.5, len(contenders) - 0.5), ylim=(len(features) - 0.5, -0.5))
        axis.spines[:].set_visible(False)
    return figure


def _network(rows: list[Row]) -> Figure:
    """The network panel of a browser: a line a request, one block a contender and protocol."""
    blocks = [(name, own) for name, every in by(rows, "contender").items() for own in by(every, "protocol").values()]
    height = min(TALLEST, 0.03 * len(rows)) + 0.5 * len(blocks)
    figure = Figure(figsize=(WIDTH, 1.2 + height), layout="constrained")
    axes = figure.subplots(len(blocks), sharex=True, squeeze=False)[:, 0]
    for axis, (name, own) in zip(axes, blocks, strict=True):
        begun = min(row["sent"] for row in own)
        colour = COLOURS.get(name, OTHER)
        for row in own:
            sent, received = (1000 * ((row[end] or row["sent"]) - begun) for end in ("sent", "received"))
            started = sent if row["started"] is None else max(sent, 1000 * (row["started"] - begun))
            axis.barh(row["seq"], started - sent, left=sent, color=colour, alpha=WAITING, height=0.8)
            axis.barh(row["seq"], received - started, left=started, color=colour, height=0.8)
        last = max((row["received"] - begun for row in own if row["received"]), default=0)
        axis.set_ylim(max(row["seq"] for row in own) + 0.5, -0.5)
        axis.set_yticks([])
        axis.set_title(f"{name} over {own[0]['protocol']}: {1000 * last:,.0f} ms", loc="left", fontsize=9)
        axis.spines[["top", "right", "left"]].set_visible(False)
    axes[-1].set_xlabel("ms since the first request (light: queued, solid: processing)")
    return figure


def _counts(rows: list[Row]) -> Figure:
    """Capacity over workers, with the line of theory; memory below."""
    figure = Figure(figsize=(WIDTH, 7), layout="constrained")
    above, below = figure.subplots(2, sharex=True)
    for name, own in by(rows, "contender").items():
        colour, known = COLOURS.get(name, OTHER), [row for row in own if row["rate"] is not None]
        x = [row["workers"] for row in known]
        above.plot(x, [row["rate"] for row in known], marker="o", color=colour, label=name)
        if (best := knee(own)) is not None:
            above.annotate(
                "knee", (best["workers"], best["rate"]), (0, 8), textcoords="offset points", color=colour, fontsize=8
            )
        theory = [row for row in own if row["predicted_rate"] is not None]
        above.plot([row["workers"] for row in theory], [row["predicted_rate"] for row in theory], ls="--", color=colour)
        memory = [row for row in own if row["memory_mb"] is not None]
        below.plot([row["workers"] for row in memory], [row["memory_mb"] for row in memory], marker="o", color=colour)
    above.set_ylabel("req/s (dashed: model)")
    below.set(ylabel="MiB", xlabel="workers", xscale="log")
    below.set_xscale("log", base=2)
    below.xaxis.set_major_formatter("{x:g}")
    above.legend(fontsize=7, ncols=2)
    for axis in (above, below):
        axis.grid(alpha=0.3)
    return figure


def _promise(rows: list[Row]) -> Figure:
    """The p99 of each number of workers that was measured, with that of theory."""
    measured = [row for row in rows if row["p99_ms"] is not None]
    figure = Figure(figsize=(WIDTH, 1.5 + 0.3 * max(1, len(measured))), layout="constrained")
    axis = figure.subplots()
    for place, row in enumerate(measured):
        colour = COLOURS.get(row["contender"], OTHER)
        axis.barh(place, row["p99_ms"], color=colour, alpha=1 if row["kept"] else 0.4, height=0.6)
        if row["predicted_p99_ms"] is not None:
            axis.plot([row["predicted_p99_ms"]] * 2, [place - 0.4, place + 0.4], color="black", lw=1.5)
    labels = [f"{row['contender']}, {row['workers']}{'' if row['kept'] else ' (missed)'}" for row in measured]
    axis.set_yticks(range(len(measured)), labels, fontsize=8)
    axis.invert_yaxis()
    axis.set(xscale="log", xlabel="p99 in ms (black line: model)")
    axis.spines[["top", "right"]].set_visible(False)
    return figure


_DRAWN: dict[str, Callable[[list[Row]], Figure]] = {
    "race": _race,
    "sweep": _curves(IN_FLIGHT),
    "rate": _curves("arrival rate (req/s)"),
    "capacity": _curves("arrival rate (req/s)"),
    "victim": _timeline,
    "slow-clients": _timeline,
    "protocols": _grid,
    "waterfall": _network,
    "workers": _counts,
    "advise": _promise,
}
