"""A race as text: a line for each process and thread, greenlet or task, a bar for each request it served."""

from collections import defaultdict
from collections.abc import Sequence

from rich.text import Text

from bench.messages import Row
from bench.stats.summary import by, lane

WIDTH = 64  # columns of the time axis, where there is room
MARGIN = 29  # columns for the names of the lanes
LANES = 12  # lines a contender: two hundred greenlets are no picture in a terminal
WAIT, WORK = "░", "█"


def gantt(rows: Sequence[Row], columns: int = MARGIN + WIDTH) -> Text:
    """On one time axis, which begins for each contender when its requests were sent; `columns` is all there is."""
    width = max(10, min(WIDTH, columns - MARGIN))
    served = [row for row in rows if row["started"] is not None and row["pid"] is not None]
    if not served:
        return Text("No response names its process.", style="dim")
    longest = max(row["finished"] - row["sent"] for row in served) or 1
    text = Text()
    for contender, own in by(served, "contender").items():
        lanes: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
        for row in sorted(own, key=_order):
            lanes[lane(row)].append(row)
        replicas, shown = {host for host, _, _ in lanes}, ""
        for (host, pid, name), bars in list(lanes.items())[:LANES]:
            if len(replicas) > 1 and host != shown:
                text.append(f"{contender:>10} in {host}\n", style="dim")
                shown = host
            text.append(f"{contender:>10} {pid:>4} {name:<12} ")
            text.append(_bars(bars, longest, width).rstrip() + "\n")
        if len(lanes) > LANES:
            text.append(f"{contender:>10}      and {len(lanes) - LANES} more\n")
    text.append(f"{'':>{MARGIN}}0{f'{longest * 1000:,.0f} ms':>{width - 1}}\n")
    text.append(f"{'':>{MARGIN}}{WORK} processing  {WAIT} queued", style="dim")
    return text


def _order(row: Row) -> tuple[str, int, int]:
    """Replica by replica, and processes and lanes by their numbers."""
    host, pid, name = lane(row)
    digits = name.rpartition("-")[2]
    return host, pid, int(digits) if digits.isdecimal() else 0


def _bars(bars: Sequence[Row], longest: float, width: int) -> str:
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
