"""Colours and measures of pictures, and what several experiments draw. The figure is the caller's."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from bench.stats.points import summarise_points
from bench.stats.probes import waited_ms
from bench.stats.select import by
from contender.catalogue import CONTENDERS
from experiments.schema.samples import PointSample, ProbeSample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Those of the dashboard on a light page (nginx/html/colours.css), by order in the catalogue.
ACCENTS = ("#0a4f9e", "#9c3806", "#0c9a70", "#6b2a55", "#a98200", "#5526d8", "#627385", "#b02d48", "#0b7c93", "#5d6b1a")
COLOURS = dict(zip(CONTENDERS, cycle(ACCENTS), strict=False))  # those of the user's own begin again
OTHER = "#4d5c69"  # of a contender that is not in the catalogue any more
HOLLOW = "; hollow: too few responses for a p99"
WIDTH = 10  # inches, at 120 dots each
TALLEST = 9  # inches of height of all that a picture has one of each for: lanes, requests
WAITING = 0.15  # opacity


def colour_of(contender: str) -> str:
    return COLOURS.get(contender, OTHER)


def draw_curves(figure: Figure, rows: Sequence[PointSample], across: str, *, doubling: bool = False) -> None:
    """Throughput and latency over the points."""
    figure.set_size_inches(WIDTH, 7)
    above, below = figure.subplots(2, sharex=True)
    for name, own in by(rows, "contender").items():
        points = sorted(summarise_points(own), key=lambda each: each.point)
        colour = colour_of(name)
        x = [each.point for each in points]
        above.plot(x, [each.rps for each in points], marker="o", color=colour, label=name)
        below.plot(x, [each.p99_ms for each in points], marker="o", color=colour, label=f"{name} p99")
        few = [(each.point, each.p99_ms) for each in points if "p99_ms" in each.too_few_for]
        if few:
            below.plot(*zip(*few, strict=True), ls="", marker="o", mfc="white", color=colour)
        reported = [each.app_p99_ms for each in points]
        if any(each is not None for each in reported):
            below.plot(
                x, reported, marker="s", ls=":", mfc="white", color=colour, label=f"{name} p99 in the application"
            )
        middle = [each.p50_ms for each in points]
        below.plot(x, middle, marker=".", ls="--", color=colour, label=f"{name} p50")
    above.set_ylabel("req/s")
    hollow = any("p99_ms" in each.too_few_for for each in summarise_points(rows))
    below.set(ylabel="ms", xlabel=f"{across}{HOLLOW if hollow else ''}", yscale="log")
    if doubling:
        below.set_xscale("log", base=2)
        below.xaxis.set_major_formatter("{x:g}")
    for axis in (above, below):
        axis.grid(alpha=0.3)
        axis.legend(fontsize=7, ncols=2)


def draw_timeline(figure: Figure, rows: Sequence[ProbeSample]) -> None:
    parts = by(rows, "contender")
    figure.set_size_inches(WIDTH, 1 + 2 * len(parts))
    axes = figure.subplots(len(parts), squeeze=False)[:, 0]
    for axis, (name, own) in zip(axes, parts.items(), strict=True):
        for via, probes in by(own, "via").items():
            begin = min(row.due for row in probes)  # the first one may be answered last
            points = [(row.due - begin, took) for row in probes if (took := waited_ms(row)) is not None]
            marker = "o" if via == "nginx" else "x"
            axis.plot(
                [x for x, _ in points],
                [took for _, took in points],
                ls="",
                ms=3,
                marker=marker,
                color=colour_of(name),
                label=via,
            )
            during = [row.due - begin for row in probes if row.phase == "during"]
            if during:
                axis.axvspan(min(during), max(during), color="grey", alpha=0.12)
        axis.set(yscale="log", ylabel="ms")
        axis.set_title(name, loc="left", fontsize=9)
        axis.legend(fontsize=7)
    axes[-1].set_xlabel("seconds (shaded: attack; timed-out probes are drawn at the timeout)")
