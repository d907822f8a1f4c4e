"""What rows come to: counts held against the plainest way of counting, medians, and sentences that are true."""

import itertools
import statistics
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bench.experiments.registry import scenario
from bench.notices import read
from bench.stats.points import MEDIANS, median_of
from bench.stats.points import summarise_points as pointed
from bench.stats.probes import summarise_probes as probed
from bench.stats.races import pattern
from bench.stats.races import summarise_races as raced
from bench.stats.select import by
from bench.stats.served import at_once
from experiments.race import RaceSample
from experiments.registry import EXPERIMENTS
from experiments.schema.samples import PROBE_TIMEOUT
from tests.unit.bench_rows import (
    ab_row,
    excluded,
    fetched_row,
    memory_row,
    nothing_answered,
    point_notice,
    point_row,
    probe_row,
    profile_row,
    protocol_row,
    race_row,
    unanswered,
    workers_row,
)

# --- at once ----------------------------------------------------------------------------------------------

# Whole numbers, so that ends and starts meet often.
SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)).map(lambda span: (span[0], sum(span))), max_size=12)


def overlapping(spans: list[tuple[int, int]]) -> int:
    """Counted at every moment at which the answer can change."""
    return max((sum(start <= moment < end for start, end in spans) for moment, _ in spans), default=0)


@given(SPANS, st.randoms(use_true_random=False))
def test_at_once_is_the_largest_overlap_of_all_moments(spans: list[tuple[int, int]], random: Any) -> None:
    rows = [race_row(seq, start, end) for seq, (start, end) in enumerate(spans)]
    assert at_once(random.sample(rows, len(rows))) == overlapping(spans)


def test_one_that_follows_another_is_not_beside_it() -> None:
    cases: list[tuple[list[tuple[float, float]], int]] = [
        ([], 0),
        ([(0.5, 0.5)], 1),
        ([(0, 1), (1, 2)], 1),
        ([(0, 1), (0.999, 2)], 1),  # by another process' clock
        ([(0, 2), (1, 3)], 2),
        ([(0, 9), (1, 2), (3, 4)], 2),
    ]
    for spans, most in cases:
        assert at_once([*(race_row(seq, *span) for seq, span in enumerate(spans)), unanswered(99)]) == most, spans


# --- a race -----------------------------------------------------------------------------------------------


def test_a_race_comes_to_a_line_for_each_contender_in_their_order() -> None:
    slow = [race_row(seq, 0.2 * (seq // 2), 0.2 * (seq // 2) + 0.2, pid=7 + seq % 2) for seq in range(4)]
    quick = [race_row(seq, contender="gevent", lane=f"greenlet-{seq}") for seq in range(3)]
    wrong = race_row(5, end=9.0, pid=11, error="status 500", status=500)
    sync, gevent = scenario("race").summarise(
        [*slow, *quick, unanswered(4), unanswered(3, contender="gevent"), wrong], []
    )
    counts = ("contender", "answered", "errors", "at_once", "processes", "lanes")
    assert [sync[name] for name in counts] == ["sync", 4, 2, 2, 2, 2]
    assert [gevent[name] for name in counts] == ["gevent", 3, 1, 3, 1, 3]
    assert (round(sync["first_ms"]), round(sync["last_ms"])) == (201, 401)
    assert sync["pattern"] == "2 at a time: 2 rounds of 200 ms"
    assert sync["failures"] == "refused: 1, status 500: 1"
    assert "failed" not in sync["text"], "wanted failures once, in the sentences of the run"


def test_the_same_pid_on_another_host_is_another_process() -> None:
    """With `--scale gevent=3` each container has a process 7."""
    rows = [race_row(seq, host=host) for seq, host in enumerate(("a", "b", "c"))]
    (got,) = raced(rows)
    assert (got.processes, got.lanes) == (3, 3)
    documents = [row.model_dump(mode="json", exclude={"host"}) for row in rows]
    old = EXPERIMENTS["race"].rows(documents)
    assert raced(old)[0].processes == 1, "wanted rows of earlier versions read as well"


def test_nothing_answered_has_no_first_and_no_last() -> None:
    (got,) = raced([unanswered(seq) for seq in range(3)])
    assert (got.answered, got.errors, got.first_ms, got.last_ms, got.pattern) == (0, 3, None, None, "")
    assert (got.text, got.failed) == ("", "sync: 3 of 3 failed (refused: 3)")


def rounds(requests: int, at_a_time: int, seconds: float, stretched: float = 1.0) -> list[RaceSample]:
    starts = [seconds * stretched * (seq // at_a_time) for seq in range(requests)]
    return [race_row(seq, start, start + seconds) for seq, start in enumerate(starts)]


def test_a_race_s_pattern_names_rounds_only_where_they_fit() -> None:
    cases = [
        (rounds(20, 2, 0.2), "2 at a time: 10 rounds of 200 ms"),
        (rounds(21, 2, 0.2), "2 at a time: 11 rounds of 200 ms"),
        (rounds(3, 1, 0.2), "one at a time: 3 rounds of 200 ms"),
        (rounds(20, 20, 0.2), "all 20 at once, 200 ms each"),
        (rounds(20, 19, 0.2), "nearly all 20 at once, 200 ms each"),
        (rounds(1, 1, 1.5), "one request of 1.50 s"),
        (rounds(8, 2, 0.2, stretched=2), "up to 2 at a time, 200 ms each (median)"),
        ([], ""),
    ]
    for rows, wanted in cases:
        assert pattern(rows) == wanted


def test_one_process_of_several_that_did_nearly_all_is_named() -> None:
    rows = [race_row(seq, pid=7 if seq < 8 else 8) for seq in range(10)]
    assert raced(rows)[0].share == "process 7 took 8 of 10"
    assert raced(rows[2:])[0].share == "process 7 took 6 of 8"
    assert [raced(some)[0].share for some in (rows[3:], rows[:8], rows[6:9])] == ["", "", ""]


def test_a_workload_that_does_not_say_who_served_it_has_no_rounds() -> None:
    """/hello, /stream and /sse name neither process nor lane: nought at a time would be a lie."""
    silent: Any = dict.fromkeys(("started", "finished", "host", "pid", "lane", "queued_ms"))
    (got,) = raced([race_row(seq, **silent) for seq in range(20)] + [unanswered(20)])
    assert (got.pattern, got.processes) == ("", 0)
    assert "served 20 without naming the process" in got.text


# --- points -----------------------------------------------------------------------------------------------


def test_the_repeats_of_a_point_come_to_their_medians_and_their_sums() -> None:
    rows = [
        point_row(8, repeat, rps=rps, p99_ms=p99, errors=repeat, timeouts=1)
        for repeat, (rps, p99) in enumerate([(100.0, 20.0), (110.0, 90.0), (90.0, 30.0)], 1)
    ]
    notices = [point_notice(row, uncorrected={"p99_ms": (row.p99_ms or 0) / 2}) for row in rows]
    (got,) = scenario("sweep").summarise(rows, notices)
    assert got.items() >= {"contender": "sync", "point": 8, "repeats": 3, "errors": 6, "timeouts": 3}.items()
    assert (got["rps"], got["p99_ms"]) == (100, 30), "wanted medians: 46.7 is an average of percentiles"
    assert (round(got["spread_pct"], 6), got["uncorrected_p99_ms"]) == (20, 15)


@given(st.lists(st.floats(0.001, 1e5), min_size=1, max_size=9))
def test_every_figure_of_a_point_is_the_median_of_its_repeats(values: list[float]) -> None:
    names = (*MEDIANS, "max_ms")
    rows = [point_row(1, repeat, **dict.fromkeys(names, value)) for repeat, value in enumerate(values, 1)]
    (got,) = pointed(rows)
    wanted = dict.fromkeys(MEDIANS, statistics.median(values)) | {"max_ms": max(values)}
    assert {name: getattr(got, name) for name in names} == wanted
    assert got.uncorrected_p99_ms is None


def test_the_repeats_of_a_point_support_a_percentile_together() -> None:
    """Ten responses beyond it, of all repeats; a timeout counts, because its latency does."""
    for repeats, requests, timeouts, wanted in (
        (1, 10, 0, ("p50_ms", "p90_ms", "p99_ms", "p999_ms")),
        (1, 20, 0, ("p90_ms", "p99_ms", "p999_ms")),
        (2, 50, 0, ("p99_ms", "p999_ms")),
        (3, 333, 0, ("p99_ms", "p999_ms")),
        (3, 333, 1, ("p999_ms",)),
        (2, 5000, 0, ()),
    ):
        rows = [point_row(1, repeat, requests=requests, timeouts=timeouts) for repeat in range(1, repeats + 1)]
        (got,) = scenario("rate").summarise(rows, [])
        assert got["too_few_for"] == wanted, f"{repeats} repeats of {requests} responses, {timeouts} timeouts: {got}"
    (few,) = scenario("victim").summarise([probe_row(seq) for seq in range(10)], [])
    assert "p99_ms" in few["too_few_for"]


def test_points_keep_their_order_and_are_kept_apart_by_contender_and_point() -> None:
    order = [(contender, point) for point in (4, 1) for contender in ("gevent", "sync")]
    rows = [point_row(point, repeat, contender=contender) for repeat in (1, 2) for contender, point in order]
    assert [(each.contender, each.point, each.repeats) for each in pointed(rows)] == [(*each, 2) for each in order]


def test_repeats_without_an_answer_have_no_spread_and_do_not_count_for_the_median() -> None:
    (none,) = pointed([nothing_answered(1, 1), nothing_answered(1, 2)])
    assert (none.spread_pct, none.p99_ms, none.errors, none.timeouts) == (None, None, 80, 4)
    (one,) = pointed([nothing_answered(1, 1), point_row(1, 2), point_row(1, 3, p99_ms=40.0)])
    assert one.p99_ms == 30
    assert pointed([point_row()])[0].spread_pct is None
    assert [median_of(values) for values in ([], [None], [3, None, 1], [0, 0])] == [None, None, 2, 0]


# --- probes -----------------------------------------------------------------------------------------------


def test_probes_are_summed_up_by_contender_way_and_phase() -> None:
    ways = list(itertools.product(("sync", "gevent"), ("nginx", "direct"), ("before", "during", "after")))
    rows = [probe_row(seq, phase, contender=name, via=via) for seq in range(3) for name, via, phase in ways]
    got = probed(rows)
    assert [(each.contender, each.via, each.phase) for each in got] == ways
    assert {(each.sent, each.errors, each.timeouts) for each in got} == {(3, 0, 0)}


def test_a_probe_s_latency_counts_from_when_it_was_due() -> None:
    due = probe_row(1).due
    (got,) = probed([probe_row(1, took=0.5, sent=due + 0.4)])
    assert got.max_ms is not None
    assert round(got.max_ms) == 500


def test_probes_that_time_out_waited_at_least_so_long_and_refused_ones_nothing() -> None:
    refused = probe_row(3, took=None, error="refused")
    (some,) = scenario("victim").summarise([probe_row(1, took=0.002), probe_row(2, took=None), refused], [])
    counts = [some[name] for name in ("sent", "errors", "timeouts", "p99_ms", "max_ms")]
    assert counts == [3, 1, 1, 1000 * PROBE_TIMEOUT, 1000 * PROBE_TIMEOUT]
    (none,) = probed([refused])
    assert (none.sent, none.errors, none.p50_ms, none.p99_ms, none.max_ms) == (1, 1, None, None, None)


# --- workers ----------------------------------------------------------------------------------------------


def test_the_fewest_workers_that_carry_about_as_much_are_the_knee() -> None:
    rows = [workers_row("sync", workers, rate=rate) for workers, rate in ((1, 20), (2, 38), (4, 40), (8, None))]
    lines = scenario("workers").summarise([*rows, workers_row("gevent", 1, rate=None)], [])
    assert [line["workers"] for line in lines if line["knee"]] == [2]


# --- all of them ------------------------------------------------------------------------------------------


def test_every_experiment_has_its_lines() -> None:
    rows: dict[str, Any] = {"race": race_row(), "victim": probe_row(), "slow-clients": probe_row()}
    rows |= {"protocols": protocol_row(), "waterfall": fetched_row(), "workers": workers_row("sync")}
    rows |= {"advise": excluded("sync"), "ab": ab_row("b", contender="sync"), "profile": profile_row()}
    rows |= {"memory": memory_row()}
    for name in EXPERIMENTS:
        [line, *_] = scenario(name).summarise([rows.get(name, point_row())], [read("contender", {})])
        assert line["contender"] == "sync", name
        assert scenario(name).summarise([], []) == [], name


@given(st.lists(st.sampled_from("abc"), max_size=20))
def test_grouping_loses_nothing_and_keeps_the_order(names: list[str]) -> None:
    rows = [race_row(seq, contender=name) for seq, name in enumerate(names)]
    groups = by(rows, "contender")
    assert list(groups) == list(dict.fromkeys(names))
    assert sorted((row for own in groups.values() for row in own), key=lambda row: row.seq) == rows
    assert all([row.seq for row in own] == sorted(row.seq for row in own) for own in groups.values())
