"""Percentiles against the sorted list, which is the truth."""

import math
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats import Latencies

MILLISECONDS = st.lists(st.floats(0.001, 120_000), min_size=1, max_size=200)


def percentile(values: list[float], percent: float) -> float:
    return sorted(values)[math.ceil(Fraction(str(percent)) * len(values) / 100) - 1]


@given(MILLISECONDS)
def test_percentiles_are_those_of_the_sorted_list(values: list[float]) -> None:
    got = Latencies(values)
    named = {50: got.p50, 90: got.p90, 99: got.p99, 99.9: got.p999, 100: got.percentile(100)}
    for percent, value in named.items():
        assert value == percentile(values, percent), f"p{percent} of {values}"
    assert got.max == max(values)
    assert got.mean == pytest.approx(sum(values) / len(values))
    assert len(got) == len(values)


def test_percentiles_of_two_repeats_are_no_averages() -> None:
    """One repeat of a thousand at 1 ms and one of ten at 100 ms: p50 is 1 ms, not 50."""
    assert Latencies([1.0] * 1000 + [100.0] * 10).p50 == 1


def test_nothing_has_no_percentiles() -> None:
    empty = Latencies()
    assert {empty.p50, empty.p90, empty.p99, empty.p999, empty.max, empty.mean} == {None}


def test_no_percentile_is_above_the_highest_value() -> None:
    assert Latencies([1234.567]).p99 == 1234.567


def test_no_value_is_out_of_range() -> None:
    for value in (0.0, 0.0004, 500_000.0):
        assert Latencies([value]).p50 == Latencies([value]).max == value


def test_many_take_no_longer_than_they_take_to_be_sorted_twice() -> None:
    """A ratio within one run."""
    values = [0.05 + number * 0.007919 % 997 for number in range(300_000)]
    began = time.process_time()
    sorted(values)
    sorted(values)
    between = time.process_time()
    got = Latencies(values)
    assert None not in (got.p50, got.p90, got.p99, got.p999)
    ended = time.process_time()
    assert ended - between < 2 * (between - began), f"{ended - between:.2f} s, of {between - began:.2f} s to sort twice"
