"""Spread, noise and fairness, against what they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats import NOISY, jain, median, noisy, spread

COUNTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=50).filter(any)


def test_the_spread_is_from_the_lowest_to_the_highest_of_the_median() -> None:
    assert spread([90, 100, 120]) == pytest.approx(0.3)
    assert (spread([7]), spread([0, 0])) == (0, 0)
    with pytest.raises(ValueError, match="no values"):
        spread([])


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=20), st.floats(0.01, 1000))
def test_the_spread_does_not_depend_on_the_unit(values: list[float], unit: float) -> None:
    assert spread([value * unit for value in values]) == pytest.approx(spread(values), rel=1e-6, abs=1e-9)


def test_the_median_of_an_even_number_is_between_the_two() -> None:
    assert median([4, 1, 3, 2]) == 2.5


@pytest.mark.parametrize(
    ("values", "wanted"),
    [([100, 100 + 100 * NOISY - 0.5], False), ([100, 119, 100], True), ([100], False), ([], False)],
)
def test_repeats_are_noisy_beyond_the_bound(values: list[float], wanted: bool) -> None:
    assert noisy(values) is wanted


@given(COUNTS)
def test_the_fairness_index_is_between_one_of_n_and_one(counts: list[int]) -> None:
    index = jain(counts)
    assert index is not None
    assert 1 / len(counts) - 1e-9 <= index <= 1 + 1e-9


@given(st.integers(1, 50), st.integers(1, 10**6))
def test_equal_shares_are_fair_and_one_who_has_all_is_not(parties: int, count: int) -> None:
    assert jain([count] * parties) == pytest.approx(1)
    assert jain([count] + [0] * (parties - 1)) == pytest.approx(1 / parties)


def test_nothing_is_neither_fair_nor_unfair() -> None:
    assert (jain([]), jain([0, 0])) == (None, None)
