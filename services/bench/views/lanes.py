"""Swim lanes: a line for each process and thread, greenlet or task, a bar for each request that it served."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bench.stats.select import by
from bench.stats.served import lane
from bench.views.drawing import TALLEST, WAITING, WIDTH, colour_of
from bench.views.parts import Line
from experiments.schema.samples import ServedSample

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AXIS = 64  # columns of the time axis, where there is room
MARGIN = 29  # columns for the names of the lanes
LANES = 12  # lines a contender: two hundred greenlets are no picture in a terminal
WAIT, WORK = "░", "█"


Lane = tuple[str, int, str]


def gantt(rows: Sequence[ServedSample], columns: int = MARGIN + AXIS) -> Iterable[Line]:
    """On one time axis, which begins for each contender when its requests were sent; `columns` is all there is."""
    width = max(10, min(AXIS, columns - MARGIN))
    served = [row for row in rows if row.started is not None and row.finished is not None and row.pid is not None]
    if not served:
        yield Line("No response names its process.", "dim")
        return
    longest = max((row.finished or 0.0) - row.sent for row in served) or 1
    for contender, own in by(served, "contender").items():
        yield from _strip(contender, own, longest, width)
    yield Line(f"{'':>{MARGIN}}0{f'{longest * 1000:,.0f} ms':>{width - 1}}")
    yield Line(f"{'':>{MARGIN}}{WORK} processing  {WAIT} queued", "dim")


def _strip(contender: str, rows: Sequence[ServedSample], longest: float, width: int) -> Iterable[Line]:
    lanes: dict[Lane, list[ServedSample]] = defaultdict(list)
    for row in sorted(rows, key=_order):
        lanes[lane(row)].append(row)
    replicas, shown = {host for host, _, _ in lanes}, ""
    for (host, pid, name), bars in list(lanes.items())[:LANES]:
        if len(replicas) > 1 and host != shown:
            yield Line(f"{contender:>10} in {host}", "dim")
            shown = host
        yield Line(f"{contender:>10} {pid:>4} {name:<12} {_bars(bars, longest, width).rstrip()}")
    if len(lanes) > LANES:
        yield Line(f"{contender:>10}      and {len(lanes) - LANES} more")


def _order(row: ServedSample) -> tuple[str, int, int]:
    """Replica by replica, and processes and lanes by their numbers."""
    host, pid, name = lane(row)
    digits = name.rpartition("-")[2]
    return host, pid, int(digits) if digits.isdecimal() else 0


def _bars(bars: Sequence[ServedSample], longest: float, width: int) -> str:
    cells = [" "] * width
    for row in bars:
        start, end = (
            _column(moment - row.sent, longest, width) for moment in (row.started or 0.0, row.finished or 0.0)
        )
        for column in range(start):
            if cells[column] == " ":
                cells[column] = WAIT
        for column in range(start, max(end, start + 1)):
            # Two short requests in one column stay one block; where one follows the other, a gap shows it.
            cells[column] = WORK
        if end - start > 1:
            cells[end - 1] = "▌"
    return "".join(cells)


def _column(seconds: float, longest: float, width: int) -> int:
    return min(width - 1, max(0, int(width * seconds / longest)))


EDGE, THIN = 0.4, 40  # points around a bar, which would be all that is seen of it among more lanes than this
HEIGHT = 0.16  # inches of each lane, up to TALLEST: five hundred greenlets get thin


def draw_lanes(figure: Figure, rows: Sequence[ServedSample]) -> None:
    contenders = by(rows, "contender")
    lanes = {name: _lanes(own) for name, own in contenders.items()}
    heights = [max(4, len(each)) for each in lanes.values()]
    tall = min(TALLEST, HEIGHT * sum(heights))
    figure.set_size_inches(WIDTH, 1.2 + tall + 0.5 * len(heights))
    axes = figure.subplots(len(contenders), sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    for axis, (name, own) in zip(axes, contenders.items(), strict=True):
        _swim(axis, name, own, lanes[name])
    axes[-1].set_xlabel("ms since the requests were sent (light: queued, solid: processing)")


def _lanes(rows: list[ServedSample]) -> list[Lane]:
    found = {lane(row) for row in rows if row.pid is not None}
    return sorted(found, key=lambda each: (*each[:2], len(each[2]), each[2]))


def _swim(axis: Axes, name: str, rows: list[ServedSample], lanes: list[Lane]) -> None:
    edge = EDGE if len(lanes) <= THIN else 0
    for row in rows:
        if row.pid is None or row.started is None or row.finished is None:
            continue
        place = lanes.index(lane(row))
        wait, work = 1000 * (row.started - row.sent), 1000 * (row.finished - row.sent)
        colour = colour_of(name)
        axis.barh(place, wait, color=colour, alpha=WAITING, height=0.7)
        axis.barh(place, work - wait, left=wait, color=colour, height=0.7, edgecolor="white", linewidth=edge)
    axis.set_ylim(max(3.5, len(lanes) - 0.5), -0.5)
    axis.set_yticks([])
    errors = sum(row.error is not None for row in rows)
    axis.set_title(f"{name}: {len(lanes)} lanes" + (f", {errors} errors" if errors else ""), loc="left", fontsize=9)
    axis.spines[["top", "right", "left"]].set_visible(False)
