"""What rows come to: counts held against the plainest way of counting, medians, and sentences that are true."""

import itertools
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.messages import Row
from bench.stats.summary import Raced, at_once, by, middle, pointed, probed, raced, sentence
from experiments.samples import PROBE_TIMEOUT
from tests.unit.bench_rows import nothing_answered, point_row, probe_row, race_row, unanswered

# --- at once ----------------------------------------------------------------------------------------------

# Whole numbers, so that ends and starts meet often.
SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)).map(lambda span: (span[0], sum(span))), max_size=12)


def overlapping(spans: list[tuple[int, int]]) -> int:
    """Counted at every moment at which the answer can change."""
    return max((sum(start <= moment < end for start, end in spans) for moment, _ in spans), default=0)


@given(SPANS)
def test_at_once_is_the_largest_overlap_of_all_moments(spans: list[tuple[int, int]]) -> None:
    rows = [race_row(seq, start, end) for seq, (start, end) in enumerate(spans)]
    assert at_once(rows) == overlapping(spans)


@given(SPANS, st.randoms(use_true_random=False))
def test_at_once_does_not_depend_on_the_order_of_the_rows(spans: list[tuple[int, int]], random: Any) -> None:
    rows = [race_row(seq, start, end) for seq, (start, end) in enumerate(spans)]
    shuffled = random.sample(rows, len(rows))
    assert at_once(shuffled) == at_once(rows)


@pytest.mark.parametrize(
    ("spans", "most"),
    [([], 0), ([(0, 1)], 1), ([(0, 1), (1, 2)], 1), ([(0, 2), (1, 3)], 2), ([(0, 9), (1, 2), (3, 4)], 2)],
)
def test_one_that_follows_another_is_not_beside_it(spans: list[tuple[int, int]], most: int) -> None:
    assert at_once(race_row(seq, *span) for seq, span in enumerate(spans)) == most


def test_a_request_that_took_no_time_was_one_at_a_time() -> None:
    assert at_once([race_row(0, 0.5, 0.5)]) == 1


def test_a_request_of_which_nobody_says_when_it_was_served_does_not_count() -> None:
    assert at_once([race_row(), unanswered(1)]) == 1


# --- a race -----------------------------------------------------------------------------------------------


def test_a_race_comes_to_a_summary_of_each_contender_in_their_order() -> None:
    slow = [race_row(seq, 0.2 * seq, 0.2 * seq + 0.2, pid=7 + seq % 2) for seq in range(4)]
    quick = [race_row(seq, contender="gevent", lane=f"greenlet-{seq}") for seq in range(3)]
    got = raced([*slow, *quick, unanswered(4), unanswered(3, contender="gevent")])
    assert [each.contender for each in got] == ["sync", "gevent"]
    sync, gevent = got
    assert (sync.answered, sync.errors, sync.at_once, sync.processes, sync.lanes) == (4, 1, 1, 2, 2)
    assert [sync.first_ms, sync.last_ms] == pytest.approx([201, 801])
    assert (gevent.answered, gevent.errors, gevent.at_once, gevent.processes, gevent.lanes) == (3, 1, 3, 1, 3)


def test_a_wrong_answer_is_an_error_and_nothing_else() -> None:
    (got,) = raced([race_row(0), race_row(1, end=9.0, pid=8, error="status 500", status=500)])
    assert (got.answered, got.errors, got.at_once, got.processes) == (1, 1, 1, 1)
    assert got.last_ms == pytest.approx(202)


def test_the_same_lane_of_two_processes_is_two() -> None:
    (got,) = raced([race_row(0, pid=7), race_row(1, pid=8)])
    assert (got.processes, got.lanes) == (2, 2)


def test_nothing_answered_has_no_first_and_no_last() -> None:
    (got,) = raced([unanswered(seq) for seq in range(3)])
    assert got == Raced("sync", 0, 3, None, None, 0, 0, 0, "3 times refused")


ROUNDS = "sync served 2 at a time in 2 processes: "
SENTENCES = [
    (Raced("sync", 20, 0, 201, 2004, 2, 2, 2), ROUNDS + "10 rounds, the last answer after 2.00 s"),
    (Raced("sync", 21, 0, 201, 2204, 2, 2, 2), ROUNDS + "11 rounds, the last answer after 2.20 s"),
    (Raced("gevent", 20, 0, 201, 236, 20, 1, 20),
     "gevent served 20 at a time in 1 process: 1 round, the last answer after 0.24 s"),
    (Raced("sync", 3, 2, 201, 606, 1, 1, 1, "2 times timeout"),
     "sync served 1 at a time in 1 process: 3 rounds, the last answer after 0.61 s, 2 failed (2 times timeout)"),
    (Raced("sync", 0, 7, None, None, 0, 0, 0, "7 times refused"), "sync answered none of 7 (7 times refused)"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "said"), SENTENCES)
def test_a_race_in_a_sentence(one: Raced, said: str) -> None:
    assert sentence(one) == said


def test_a_workload_that_does_not_say_who_served_it_is_not_told_in_rounds() -> None:
    """/hello, /stream and /sse name neither process nor lane: nought at a time would be a lie."""
    silent: Any = dict.fromkeys(("started", "finished", "pid", "lane", "queued_ms"))
    (got,) = raced([race_row(seq, **silent) for seq in range(20)] + [unanswered(20)])
    said = "sync answered 20 and does not say who served them, the last answer after 0.20 s"
    assert sentence(got) == f"{said}, 1 failed (1 times refused)"


# --- points -----------------------------------------------------------------------------------------------


def test_the_repeats_of_a_point_come_to_their_medians_and_their_sums() -> None:
    rows = [
        point_row(8, repeat, rps=rps, p99_ms=p99, errors=repeat, timeouts=1)
        for repeat, (rps, p99) in enumerate([(100.0, 20.0), (110.0, 90.0), (90.0, 30.0)], 1)
    ]
    (got,) = pointed(rows)
    assert (got.contender, got.point, got.repeats, got.errors, got.timeouts) == ("sync", 8, 3, 6, 3)
    assert (got.values["rps"], got.values["p99_ms"]) == (100, 30), "wanted medians: 46.7 is an average of percentiles"
    assert got.spread_pct == pytest.approx(20)


@given(st.lists(st.floats(0.001, 1e5), min_size=1, max_size=9))
def test_every_figure_of_a_point_is_the_median_of_its_repeats(values: list[float]) -> None:
    names = ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms", "mean_ms", "cpu_pct", "rss_mb", "rps")
    rows = [point_row(1, repeat, **dict.fromkeys(names, value)) for repeat, value in enumerate(values, 1)]
    (got,) = pointed(rows)
    assert got.values == dict.fromkeys(names, statistics.median(values))


def test_points_keep_their_order_and_are_told_apart_by_contender_and_point() -> None:
    order = [(contender, point) for point in (4, 1) for contender in ("gevent", "sync")]
    rows = [point_row(point, repeat, contender=contender) for repeat in (1, 2) for contender, point in order]
    assert [(each.contender, each.point, each.repeats) for each in pointed(rows)] == [(*each, 2) for each in order]


def test_one_repeat_has_no_spread() -> None:
    assert pointed([point_row()])[0].spread_pct is None


def test_repeats_without_an_answer_have_no_spread_and_do_not_count_for_the_median() -> None:
    (none,) = pointed([nothing_answered(1, 1), nothing_answered(1, 2)])
    assert (none.spread_pct, none.values["p99_ms"], none.errors, none.timeouts) == (None, None, 80, 4)
    (one,) = pointed([nothing_answered(1, 1), point_row(1, 2), point_row(1, 3, p99_ms=40.0)])
    assert one.values["p99_ms"] == 30


@pytest.mark.parametrize(("values", "median"), [([], None), ([None], None), ([3, None, 1], 2), ([5], 5), ([0, 0], 0)])
def test_the_middle_is_of_what_is_known(values: list[float | None], median: float | None) -> None:
    assert middle(values) == median


# --- probes -----------------------------------------------------------------------------------------------


def test_probes_are_summed_up_by_contender_way_and_phase() -> None:
    ways = list(itertools.product(("sync", "gevent"), ("nginx", "direct"), ("before", "during", "after")))
    rows = [probe_row(seq, phase, contender=name, via=via) for seq in range(3) for name, via, phase in ways]
    got = probed(rows)
    assert [(each.contender, each.via, each.phase) for each in got] == ways
    assert {(each.sent, each.errors) for each in got} == {(3, 0)}


def test_a_probe_s_latency_counts_from_when_it_was_due() -> None:
    late = probe_row(1, took=0.5)
    late["sent"] = late["due"] + 0.4
    (got,) = probed([late])
    assert got.max_ms == pytest.approx(500, rel=1e-3)
    assert got.p50_ms == pytest.approx(500, rel=2e-3)


def test_probes_that_time_out_are_errors_and_waited_at_least_so_long() -> None:
    (some,) = probed([probe_row(1, took=0.002), probe_row(2, took=None)])
    assert [some.sent, some.errors, some.max_ms] == [2, 1, 1000 * PROBE_TIMEOUT]
    (none,) = probed([probe_row(1, took=None) | {"error": "refused"}])
    assert (none.sent, none.errors, none.p50_ms, none.p99_ms, none.max_ms) == (1, 1, None, None, None)


@given(st.lists(st.sampled_from("abc"), max_size=20))
def test_grouping_loses_nothing_and_keeps_the_order(names: list[str]) -> None:
    rows: list[Row] = [{"contender": name, "seq": seq} for seq, name in enumerate(names)]
    groups = by(rows, "contender")
    assert list(groups) == list(dict.fromkeys(names))
    assert sorted((row for own in groups.values() for row in own), key=lambda row: row["seq"]) == rows
    assert all([row["seq"] for row in own] == sorted(row["seq"] for row in own) for own in groups.values())
