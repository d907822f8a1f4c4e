"""The search for a capacity, against contenders whose capacity is known, and against chance."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats.search import MOST, REPEATS, WIDTH, Answer, Search

ROUNDED = 1.001  # rates have four digits


def search(passes: Callable[[float], bool], start: float = 100, **limits: float) -> Answer:
    looking = Search(start, **limits)  # type: ignore[arg-type]
    while (rate := looking.rate) is not None:
        looking.record(passed=passes(rate))
    return looking.answer


def up_to(capacity: float) -> Callable[[float], bool]:
    return lambda rate: rate <= capacity


@given(st.floats(2, 9_000), st.floats(1, 10_000))
def test_a_capacity_is_found_from_any_start(capacity: float, start: float) -> None:
    answer = search(up_to(capacity), start)
    assert answer.low is not None
    assert answer.high is not None
    assert answer.low <= capacity < answer.high, f"wanted {capacity} between, got {answer}"
    assert answer.high / answer.low <= (1 + WIDTH) * ROUNDED, f"wanted them close, got {answer}"
    assert answer.settled
    assert (answer.passed, answer.tried_low) == (answer.failed, answer.tried_high) == (REPEATS, REPEATS)
    assert answer.trials <= 30, f"wanted few trials, got {answer}"


def test_a_contender_that_keeps_its_promise_at_the_highest_rate_has_no_failing_one() -> None:
    answer = search(up_to(10**6))
    assert (answer.low, answer.high, answer.settled) == (10_000, None, True)
    assert answer.tried_low == REPEATS, "wanted it confirmed"
    assert "no higher rate tried" in answer.text


def test_a_contender_that_never_keeps_its_promise_has_no_passing_rate() -> None:
    answer = search(up_to(0))
    assert (answer.low, answer.high, answer.settled) == (None, 1, True)
    assert "no lower rate tried" in answer.text


@pytest.mark.parametrize("lie", range(12))
def test_one_trial_that_went_wrong_by_chance_does_not_decide(lie: int) -> None:
    """Whichever it is, far from the capacity or near it."""
    trials = iter(range(MOST))
    answer = search(lambda rate: (rate <= 700) is not (next(trials) == lie))
    assert answer.low is not None
    assert answer.high is not None
    assert answer.low <= 700 * (1 + WIDTH) * ROUNDED, f"got {answer}"
    assert answer.high >= 700 / (1 + WIDTH) / ROUNDED, f"got {answer}"
    assert answer.settled


@given(st.integers(0, 10_000))
def test_whatever_chance_does_the_search_ends_and_says_how_sure_it_is(seed: int) -> None:
    coin = random.Random(seed).random
    answer = search(lambda _: coin() < 0.5)
    assert answer.trials <= MOST
    assert answer.passed * 2 > answer.tried_low or answer.low is None
    assert answer.failed * 2 >= answer.tried_high
    assert ("did not settle" in answer.text) is not answer.settled


def test_a_rate_that_passes_half_of_its_trials_fails() -> None:
    looking = Search(100, lowest=100, highest=100)
    for passed in (True, False):
        looking.record(passed=passed)
    got = looking.answer.low, looking.answer.high
    assert got == (None, 100), f"wanted nothing below 100 passed, got {looking.answer}"


def test_near_the_capacity_a_contender_may_pass_more_often_the_lower_the_rate() -> None:
    """The answer lies where it passes about half of the time."""
    coin = random.Random(3).random
    answer = search(lambda rate: coin() < max(0, min(1, (1100 - rate) / 200)))
    assert answer.low is not None
    assert 850 < answer.low < 1120, f"got {answer}"


def test_the_limits_are_kept() -> None:
    above = search(lambda rate: rate <= 300, 50, lowest=10, highest=300)
    assert (above.low, above.high) == (300, None)
    below = search(lambda rate: rate < 10, 50, lowest=10, highest=300)
    assert (below.low, below.high) == (None, 10)


def test_a_search_that_is_over_is_told_nothing_more() -> None:
    looking = Search(1, most=1)
    looking.record(passed=True)
    assert looking.rate is None
    assert not looking.answer.settled
    with pytest.raises(ValueError, match="over"):
        looking.record(passed=True)


def test_how_often_a_rate_was_tried_is_known() -> None:
    looking = Search(100)
    looking.record(passed=True)
    assert (looking.attempts(100), looking.attempts(200)) == (1, 0)


def test_the_answer_says_what_was_found_in_a_sentence() -> None:
    assert search(up_to(700)).text == "672.7 req/s passed 3 of 3 trials; 702.5 failed 3 of 3"
