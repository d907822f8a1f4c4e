"""A race as text: a line for each process and thread, greenlet or task, a bar for each request it served."""

from collections.abc import Sequence

from rich.text import Text

from bench.messages import Row
from bench.stats.summary import by

WIDTH = 64  # columns of the time axis, where there is room
MARGIN = 29  # columns for the names of the lanes
LANES = 12  # lines a contender: two hundred greenlets are no picture in a terminal
WAIT, WORK = "░", "█"


def gantt(rows: Sequence[Row], columns: int = MARGIN + WIDTH) -> Text:
    """On one time axis, which begins for each contender when its requests were sent; `columns` is all there is."""
    width = max(10, min(WIDTH, columns - MARGIN))
    served = [row for row in rows if row["started"] is not None and row["pid"] is not None]
    if not served:
        return Text("No answer says who served it.", style="dim")
    longest = max(row["finished"] - row["sent"] for row in served) or 1
    text = Text()
    for contender, own in by(served, "contender").items():
        lanes = by(sorted(own, key=lambda row: (row["pid"], _number(row["lane"]))), "pid")
        lines = [(pid, lane, bars) for pid, rest in lanes.items() for lane, bars in by(rest, "lane").items()]
        for pid, lane, bars in lines[:LANES]:
            text.append(f"{contender:>10} {pid:>4} {lane:<12} ")
            text.append(_line(bars, longest, width).rstrip() + "\n")
        if len(lines) > LANES:
            text.append(f"{contender:>10}      and {len(lines) - LANES} more\n")
    text.append(f"{'':>{MARGIN}}0{f'{longest * 1000:,.0f} ms':>{width - 1}}\n")
    text.append(f"{'':>{MARGIN}}{WORK} at work  {WAIT} waiting for a worker", style="dim")
    return text


def _number(lane: str) -> int:
    digits = lane.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0


def _line(bars: Sequence[Row], longest: float, width: int) -> str:
    cells = [" "] * width
    for row in bars:
        start, end = (_column(row[name] - row["sent"], longest, width) for name in ("started", "finished"))
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
