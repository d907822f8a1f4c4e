"""What makes a point doubtful: each bound from both of its sides, and the reason told with it."""

from array import array
from collections import Counter
from dataclasses import replace

import pytest

from bench.loadgen import Load
from bench.loadgen.result import CONNECTIONS
from bench.stats import Doubt, apart, doubts
from bench.stats.validity import BUSY, FOREIGN, LATE_MS, LATE_SHARE


def milliseconds(value: float, count: int = 1000) -> array[float]:
    return array("d", [value] * count)


GOOD = Load(
    seconds=1,
    requests=1000,
    latencies=milliseconds(10),
    lateness=milliseconds(0.1),
    intended=1000,
    sent=1000,
    cpu=0.2,
)
OPEN = replace(GOOD, rate=1000)
CLOSED = replace(GOOD, concurrency=10)


def only(found: list[Doubt]) -> Doubt:
    assert len(found) == 1, f"wanted one doubt, got {found}"
    return found[0]


@pytest.mark.parametrize("load", [OPEN, CLOSED], ids=["open", "closed"])
def test_a_good_point_is_not_doubted(load: Load) -> None:
    assert not doubts(load)
    assert not doubts(load, foreign=FOREIGN, drained=True)


def test_nothing_measured_is_doubted_for_just_that() -> None:
    assert "nothing came to its end" in only(doubts(Load(seconds=1))).text
    assert not doubts(replace(GOOD, latencies=array("d"), requests=0, errors=Counter(refused=1000)))


@pytest.mark.parametrize(("latency", "wanted"), [(7.5, False), (7.4, True)])
def test_a_closed_loop_whose_line_still_grows_is_doubted(latency: float, wanted: bool) -> None:
    """1000 a second for 7.4 ms each are fewer in flight than three quarters of ten."""
    found = doubts(replace(CLOSED, latencies=milliseconds(latency)))
    assert bool(found) is wanted
    if wanted:
        assert "still growing" in only(found).text


@pytest.mark.parametrize(("late", "wanted"), [(LATE_MS * 0.99, False), (LATE_MS * 1.01, True)])
def test_requests_that_were_sent_late_are_the_generators_limit(late: float, wanted: bool) -> None:
    """More than one of a hundred."""
    found = doubts(replace(OPEN, lateness=milliseconds(0.1, 980) + milliseconds(late, 20)))
    assert bool(found) is wanted
    if wanted:
        assert only(found).generator
        assert "requests were sent 1.01 ms late (p99; bound 1.00 ms)" in str(only(found))


@pytest.mark.parametrize(("share", "wanted"), [(LATE_SHARE * 0.9, False), (LATE_SHARE * 1.1, True)])
def test_a_closed_loop_may_be_late_by_a_share_of_what_it_measures(share: float, wanted: bool) -> None:
    slow = replace(CLOSED, latencies=milliseconds(200, 50), lateness=milliseconds(200 * share))
    assert bool(doubts(slow)) is wanted


@pytest.mark.parametrize(("cpu", "wanted"), [(BUSY - 0.01, False), (BUSY, True), (1.0, True)])
def test_a_generator_that_is_out_of_cpu_may_be_the_limit(cpu: float, wanted: bool) -> None:
    found = doubts(replace(CLOSED, cpu=cpu))
    assert [doubt.generator for doubt in found] == [True] * wanted
    assert all(f"{cpu:.0%} of a core (bound 90%)" in doubt.text for doubt in found)


@pytest.mark.parametrize(("sent", "wanted"), [(999, False), (998, True)])
def test_a_load_that_was_not_sent_was_not_measured(sent: int, wanted: bool) -> None:
    found = doubts(replace(OPEN, sent=sent))
    assert bool(found) is wanted
    if wanted:
        assert not only(found).generator
        assert "998 of 1000 requests were sent (99.80%; bound 99.9%)" in only(found).text


@pytest.mark.parametrize(("latency", "wanted"), [(10, False), (10.09, False), (10.2, True)])
def test_figures_that_contradict_littles_law_are_not_used(latency: float, wanted: bool) -> None:
    """1000 a second for 10 ms each are ten in flight, and at the edge of the window one more hundredth of each."""
    found = doubts(replace(CLOSED, latencies=milliseconds(latency)))
    assert bool(found) is wanted
    if wanted:
        assert "Little" in only(found).text


def test_time_outs_overhang_both_edges_of_the_window() -> None:
    """Ten clients, and each of them sees one time-out of a second inside, and one at each edge."""
    stuck = replace(CLOSED, latencies=milliseconds(1000, 30), requests=0, timeouts=30, intended=30, sent=30)
    assert not doubts(stuck)
    assert "Little" in only(doubts(replace(stuck, latencies=milliseconds(1000, 31)))).text


def test_an_open_loop_has_no_concurrency_to_contradict() -> None:
    assert not doubts(replace(OPEN, latencies=milliseconds(10_000)))


@pytest.mark.parametrize(("needed", "wanted"), [(CONNECTIONS, False), (CONNECTIONS + 1, True)])
def test_a_rate_that_needs_more_connections_than_there_are_is_the_generators_limit(needed: float, wanted: bool) -> None:
    found = doubts(replace(OPEN, needed=needed))
    assert [doubt.generator for doubt in found] == [True] * wanted
    assert all("1025 requests would be in flight, of the 1024 connections" in doubt.text for doubt in found)


@pytest.mark.parametrize("kind", ["no local port", "no file descriptor"])
def test_what_the_generator_ran_short_of_is_not_the_contenders_error(kind: str) -> None:
    found = only(doubts(replace(OPEN, errors=Counter({kind: 3, "refused": 2}))))
    assert found.generator
    assert f"3 times {kind}" in found.text


@pytest.mark.parametrize(("late", "took", "wanted"), [(1, 5, False), (1.1, 5, True), (4, 40, False), (4.1, 40, True)])
def test_requests_of_a_race_leave_at_one_moment(late: float, took: float, wanted: bool) -> None:
    found = apart([0, late / 2, late], [took, took, 10 * took])
    assert (found is not None) is wanted
    if found is not None:
        assert found.generator
        assert f"left {late:.2f} ms after the first" in found.text


def test_a_race_that_nobody_ran_is_not_doubted() -> None:
    assert apart([], []) is None
    assert apart([3], []) is None


def test_others_on_the_machine_spoil_a_point() -> None:
    assert "other programs used 16% of all cores (bound 15%)" in only(doubts(OPEN, foreign=0.16)).text


def test_a_contender_that_was_still_at_work_spoils_a_point() -> None:
    assert "still at work" in only(doubts(OPEN, drained=False)).text


def test_all_doubts_are_told_at_once() -> None:
    worst = replace(CLOSED, lateness=milliseconds(99), cpu=1, sent=1, latencies=milliseconds(99))
    assert len(doubts(worst, foreign=1, drained=False)) == 6
