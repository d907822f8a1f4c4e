"""Percentiles against the sorted list, which is the truth."""

import math
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stats import Latencies

MILLISECONDS = st.lists(st.floats(0.001, 120_000), min_size=1, max_size=200)
PRECISION = 0.001  # three digits
MICROSECOND = 0.001


def percentile(values: list[float], percent: float) -> float:
    return sorted(values)[math.ceil(Fraction(str(percent)) * len(values) / 100) - 1]


def near(value: float) -> object:
    return pytest.approx(value, rel=PRECISION, abs=MICROSECOND)


@settings(max_examples=25)  # a histogram is slow to make and to look through; it is made once a point
@given(MILLISECONDS)
def test_percentiles_are_those_of_the_sorted_list(values: list[float]) -> None:
    got = Latencies(values)
    named = {50: got.p50, 90: got.p90, 99: got.p99, 99.9: got.p999, 100: got.percentile(100)}
    for percent, value in named.items():
        assert value == near(percentile(values, percent)), f"p{percent} of {values}"
    assert got.max == max(values)
    assert got.mean == pytest.approx(sum(values) / len(values))
    assert len(got) == len(values)


@settings(max_examples=10)
@given(MILLISECONDS, MILLISECONDS)
def test_what_is_merged_is_what_was_recorded_together(one: list[float], other: list[float]) -> None:
    merged, together = Latencies(one), Latencies(one + other)
    merged.merge(Latencies(other))
    assert [merged.p50, merged.p90, merged.p99, merged.max] == [together.p50, together.p90, together.p99, together.max]
    assert len(merged) == len(together)
    assert merged.mean == pytest.approx(together.mean)


def test_percentiles_of_two_repeats_are_no_averages() -> None:
    """One repeat of a thousand at 1 ms and one of ten at 100 ms: p50 is 1 ms, not 50."""
    merged = Latencies([1.0] * 1000)
    merged.merge(Latencies([100.0] * 10))
    assert merged.p50 == near(1)


def test_nothing_has_no_percentiles() -> None:
    empty = Latencies()
    assert {empty.p50, empty.p90, empty.p99, empty.p999, empty.max, empty.mean} == {None}
    empty.merge(Latencies([2.0]))
    assert empty.p50 == near(2)


def test_no_percentile_is_above_the_highest_value() -> None:
    assert Latencies([1234.567]).p99 == 1234.567


@pytest.mark.parametrize(("value", "recorded"), [(0.0, 0.0), (0.0004, 0.0004), (500_000.0, 120_000.0)])
def test_what_is_out_of_range_counts_at_its_edge(value: float, recorded: float) -> None:
    got = Latencies([value])
    assert got.p50 == near(recorded)
    assert got.max == value, "wanted the highest as it was"


def test_many_take_no_longer_than_they_take_to_be_sorted_and_counted() -> None:
    """A ratio within one run, 2 to 3.4 as seen: recorded one by one they would take ten times as long."""
    values = [0.05 + number * 0.007919 % 997 for number in range(300_000)]
    began = time.process_time()
    sorted(values)
    counted: dict[int, int] = {}
    for value in values:
        counted[round(value * 1000)] = counted.get(round(value * 1000), 0) + 1
    between = time.process_time()
    Latencies(values)
    ended = time.process_time()
    assert ended - between < 5 * (between - began), f"{ended - between:.2f} s, of {between - began:.2f} s to count them"
