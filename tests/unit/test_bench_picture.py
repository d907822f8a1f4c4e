"""The picture of a run: a PNG of every experiment, from any rows that it can have."""

import struct
import zlib
from typing import Any

import pytest
from matplotlib.figure import Figure

from bench.cli import picture
from bench.notices import read
from bench.views import drawing
from contender.catalogue import CONTENDERS, OWN, SLOTS
from experiments.registry import EXPERIMENTS
from experiments.schema.samples import PROBE_TIMEOUT
from tests.unit.bench_rows import point_row, probe_row, race_row, unanswered
from tests.unit.test_bench_tables import ROWS

CREATED = "2026-11-23T12:00:00Z"


def png(experiment: str, rows: list[Any]) -> bytes:
    run = {"experiment": experiment, "params": EXPERIMENTS[experiment].complete({}), "created": CREATED}
    return picture.png(run, rows)


def size(image: bytes) -> tuple[int, int]:
    """Width and height, of a file that is a whole PNG: every chunk with its right checksum, up to the last."""
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    at, kinds = 8, []
    while at < len(image):
        (length,) = struct.unpack_from(">I", image, at)
        kind, data = image[at + 4 : at + 8], image[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", image, at + 8 + length) == (zlib.crc32(kind + data),), f"chunk {kind!r}"
        kinds.append(kind)
        at += 12 + length
    assert (kinds[0], kinds[-1], at) == (b"IHDR", b"IEND", len(image))
    width, height = struct.unpack_from(">II", image, 16)
    return width, height


# An id each: drawn one after the other, they were the longest test of the suite, at which the other process waits.
@pytest.mark.parametrize(
    "experiment", sorted(EXPERIMENTS.keys() - {"capacity", "slow-clients"})
)  # drawn as another one
def test_every_experiment_s_rows_make_a_picture(experiment: str) -> None:
    for case, rows in ROWS[experiment].items():
        width, height = size(png(experiment, rows))
        assert width == drawing.WIDTH * 120, case
        assert 100 < height < 3000, case


def test_five_hundred_lanes_are_thin() -> None:
    """As many as a race has at most; the picture is no taller than a screen can be scrolled."""
    rows = [race_row(seq, 0.001 * seq, 0.5, contender="gevent", lane=f"greenlet-{seq}") for seq in range(500)]
    _, height = size(png("race", rows))
    assert height <= 120 * (drawing.TALLEST + 2)


def test_the_sentences_of_the_run_stand_above_the_picture_and_fit_it() -> None:
    run = {"experiment": "race", "params": EXPERIMENTS["race"].complete({}), "created": CREATED}
    title = picture._title(run, [read("summary", {"sentences": ["gevent was first."] * 20, "rows": []})])
    assert title.replace("\n", " ").endswith(" ".join(["gevent was first."] * 20))
    assert max(map(len, title.splitlines())) <= picture.COLUMNS
    assert picture._title(run, []).count("\n") == 0


def listed(values: Any) -> list[float]:
    """Whatever of numpy's matplotlib keeps them in."""
    return list(values)


def drawn(experiment: str, rows: list[Any]) -> Figure:
    return picture.draw(experiment, rows)


def test_a_race_has_a_strip_a_contender_with_its_lanes_and_errors() -> None:
    rows = [race_row(seq, contender=name, lane=f"task-{seq}") for name in ("sync", "gevent") for seq in range(3)]
    figure = drawn("race", [*rows, unanswered(3, contender="gevent")])
    assert [axis.get_title("left") for axis in figure.axes] == ["sync: 3 lanes", "gevent: 3 lanes, 1 errors"]
    hosts = [race_row(seq, host=host) for seq, host in enumerate("ab")]
    assert drawn("race", hosts).axes[0].get_title("left") == "sync: 2 lanes", "wanted a lane for each host's process"
    assert [len(axis.patches) for axis in figure.axes] == [6, 6], "wanted a wait and a work of each answer"


def test_a_bar_of_a_race_is_from_start_to_finish_in_milliseconds() -> None:
    (axis,) = drawn("race", [race_row(0, 0.125, 0.375)]).axes
    wait, work = axis.patches
    assert [(bar.get_x(), bar.get_width()) for bar in (wait, work)] == [(0, 125), (125, 250)]  # type: ignore[attr-defined]


def test_a_sweep_s_curves_are_medians_in_the_order_of_the_points() -> None:
    rows = [point_row(point, n, rps=100.0 * point + n) for n in (1, 2, 3) for point in (8, 1, 2)]
    above, below = drawn("sweep", rows).axes
    (throughput,) = above.lines
    assert (listed(throughput.get_xdata()), listed(throughput.get_ydata())) == ([1, 2, 8], [102, 202, 802])
    assert [line.get_label() for line in below.lines] == ["sync p99", "sync p50"]
    assert [listed(line.get_ydata()) for line in below.lines] == [[20.0] * 3, [9.5] * 3]


def test_a_p99_of_too_few_responses_is_drawn_hollow_and_the_axis_says_so() -> None:
    below = drawn("sweep", [point_row(1, requests=10), point_row(8, requests=1000)]).axes[1]
    hollow = [line for line in below.lines if line.get_markerfacecolor() == "white"]
    assert [listed(line.get_xdata()) for line in hollow] == [[1.0]]
    assert "hollow: too few responses for a p99" in below.get_xlabel()


def test_a_timeline_begins_with_the_first_probe_that_was_due_and_shades_the_attack() -> None:
    """Probes end in another order than they were due: the first may be the last to be answered."""
    phases = ["before", "before", "during", "during", "after"]
    rows = [probe_row(seq, phase) for seq, phase in enumerate(phases)]
    (axis,) = drawn("victim", rows[::-1]).axes
    (line,) = axis.lines
    assert sorted(listed(line.get_xdata())) == pytest.approx([0, 0.05, 0.1, 0.15, 0.2], abs=1e-6)
    (shade,) = axis.patches
    assert [shade.get_x(), shade.get_width()] == pytest.approx([0.1, 0.05], abs=1e-5)  # type: ignore[attr-defined]


def test_a_probe_that_timed_out_is_drawn_at_its_time_out() -> None:
    (axis,) = drawn("victim", [probe_row(1), probe_row(2, "during", None)]).axes
    assert listed(axis.lines[0].get_ydata())[1:] == [1000 * PROBE_TIMEOUT]


def test_each_contender_has_a_colour_of_its_own() -> None:
    lab = [colour for name, colour in drawing.COLOURS.items() if name not in OWN + SLOTS]  # the others begin again
    assert len({*lab, drawing.OTHER}) == len(lab) + 1
    assert drawing.COLOURS.keys() == set(CONTENDERS)


def test_a_contender_of_an_older_catalogue_is_drawn_too() -> None:
    size(png("race", [race_row(contender="twisted")]))
