"""A race as text: known races drawn to the character, and none that breaks the drawing."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bench.views.lanes import AXIS, LANES, MARGIN, gantt
from experiments.race import RaceSample
from tests.unit.bench_rows import race_row, unanswered

TEN = MARGIN + 10  # columns for an axis of ten


def drawn(rows: list[RaceSample], columns: int = TEN) -> list[str]:
    return [line.text for line in gantt(rows, columns)]


def lanes(rows: list[RaceSample], columns: int = TEN) -> list[str]:
    return drawn(rows, columns)[:-2]


def test_a_known_race_is_drawn_to_the_character() -> None:
    """Two workers, two rounds of 125 ms; and one process that has them all at once. The axis has a column more."""
    sync = [race_row(seq, 0.125 * (seq // 2), 0.125 * (seq // 2 + 1), pid=7 + seq % 2) for seq in range(4)]
    gevent = [race_row(seq, 0, 0.125, contender="gevent", pid=9, lane=f"greenlet-{seq + 1}") for seq in range(3)]
    assert drawn([*sync, *gevent]) == [
        "      sync    7 thread-1     ████▌███▌",
        "      sync    8 thread-1     ████▌███▌",
        "    gevent    9 greenlet-1   ████▌",
        "    gevent    9 greenlet-2   ████▌",
        "    gevent    9 greenlet-3   ████▌",
        "                             0   250 ms",
        "                             █ processing  ░ queued",
    ]


def test_a_wait_is_drawn_up_to_the_start() -> None:
    assert lanes([race_row(0, 0.125, 0.25)]) == ["      sync    7 thread-1     ░░░░░███▌"]


def test_lanes_are_in_the_order_of_processes_and_numbers() -> None:
    rows = [race_row(0, 0, 1, pid=pid, lane=f"task-{number}") for pid in (12, 7) for number in (10, 9, 1)]
    order = [("7", "task-1"), ("7", "task-9"), ("7", "task-10"), ("12", "task-1"), ("12", "task-9"), ("12", "task-10")]
    assert [tuple(line.split()[1:3]) for line in lanes(rows)] == order


def test_the_same_process_of_two_replicas_has_a_line_each() -> None:
    assert lanes([race_row(seq, 0, 1, host=host) for seq, host in enumerate(("two.1", "one.2"))]) == [
        "      sync in one.2",
        "      sync    7 thread-1     ████████▌",
        "      sync in two.1",
        "      sync    7 thread-1     ████████▌",
    ]


def test_more_lanes_than_a_terminal_has_lines_are_counted() -> None:
    text = lanes([race_row(seq, 0, 1, lane=f"greenlet-{seq}") for seq in range(500)])
    assert len(text) == LANES + 1
    assert text[-1].split() == ["sync", "and", str(500 - LANES), "more"]
    assert len(lanes([race_row(seq, 0, 1, lane=f"greenlet-{seq}") for seq in range(LANES)])) == LANES


def test_where_nobody_says_who_served_there_is_no_axis_of_a_made_up_length() -> None:
    silent: Any = dict.fromkeys(("started", "finished", "host", "pid", "lane", "queued_ms"))
    (line,) = drawn([race_row(0, **silent), unanswered(1)])
    assert "0 ms" not in line


def test_requests_without_an_answer_are_not_drawn() -> None:
    assert len(lanes([race_row(0), unanswered(1)])) == 1


def test_a_request_shorter_than_a_column_is_a_block() -> None:
    (line, _) = lanes([race_row(0, 0.001, 0.002), race_row(1, 0, 1, lane="thread-2")])
    assert line == "      sync    7 thread-1     █"


def test_a_start_before_the_sending_is_drawn_from_the_first_column() -> None:
    """The clocks of two containers' cores may differ; the bar must not come round at the other end."""
    (line, _) = lanes([race_row(0, -0.25, 0.25), race_row(1, 0, 1, lane="thread-2")])
    assert line == "      sync    7 thread-1     █▌"


def test_a_terminal_s_width_is_kept() -> None:
    for columns in (40, 60, 80, 200):
        widest = max(map(len, drawn([race_row(seq, seq, seq + 1) for seq in range(5)], columns)[:-1]))
        assert widest == MARGIN + min(AXIS, columns - MARGIN), f"{columns} columns"


SERVED = st.tuples(st.floats(-0.5, 10), st.floats(0, 10), st.integers(1, 9), st.integers(1, 40))


@given(st.lists(SERVED, max_size=30), st.integers(1, 200))
def test_whatever_was_served_is_drawn_within_the_width(served: list[tuple[float, float, int, int]], wide: int) -> None:
    """Also a start before the sending: the clock of another container's core may be behind."""
    rows = [race_row(0, start, start + took, pid=pid, lane=f"t-{n}") for start, took, pid, n in served]
    text = drawn([*rows, unanswered(1)], wide)
    width = max(10, min(AXIS, wide - MARGIN))
    assert all(len(line) <= MARGIN + width for line in text[:-1]), "\n".join(text)
    shown = {(row.pid, row.lane) for row in rows}
    bars = [line for line in text if "█" in line and "processing" not in line]
    assert len(bars) == min(LANES, len(shown)), "\n".join(text)
