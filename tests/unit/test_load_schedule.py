"""When requests are due: constant and Poisson arrivals, and the timer that fires them."""

import asyncio
import math
from itertools import pairwise

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from bench.loadgen import bursts, constant, poisson
from bench.loadgen.clocks import clock
from bench.loadgen.timer import Timer

RATES = st.floats(0.5, 2000)
SECONDS = st.floats(0.1, 3)


@given(RATES, SECONDS)
def test_constant_arrivals_are_as_many_as_asked_for_and_evenly_spaced(rate: float, seconds: float) -> None:
    due = constant(rate, seconds).due
    assert len(due) == math.ceil(rate * seconds)
    assert all(abs(number / rate - moment) < 1e-12 for number, moment in enumerate(due))
    assert due[-1] < seconds


@given(RATES, SECONDS, st.integers(0, 2**32 - 1))
def test_the_same_seed_is_the_same_schedule(rate: float, seconds: float, seed: int) -> None:
    first, second = poisson(rate, seconds, seed), poisson(rate, seconds, seed)
    assert first == second
    assert all(earlier <= later for earlier, later in pairwise(first.due))
    assert all(0 < moment < seconds for moment in first.due)


def test_a_burst_has_all_requests_of_its_second_at_its_beginning() -> None:
    for rate, seconds, due in ((3, 2, [0, 0, 0, 1, 1, 1]), (2.5, 2, [0, 0, 0, 1, 1]), (0.5, 5, [0, 2, 4])):
        assert list(bursts(rate, seconds).due) == due, f"{rate} a second for {seconds} s"


def test_the_seed_that_was_drawn_is_told() -> None:
    drawn, other = poisson(100, 1), poisson(100, 1)
    assert drawn.due != other.due, "wanted two different ones"
    assert poisson(100, 1, drawn.seed).due == drawn.due


def test_the_gaps_of_poisson_arrivals_are_exponential() -> None:
    """By Kolmogorov and Smirnov: the distance of the distributions is below what one sample in a hundred exceeds."""
    rate = 250.0
    for seed in range(5):
        due = poisson(rate, 40, seed).due
        gaps = sorted(later - earlier for earlier, later in pairwise([0.0, *due]))
        expected = [1 - math.exp(-rate * gap) for gap in gaps]
        distance = max(max((n + 1) / len(gaps) - p, p - n / len(gaps)) for n, p in enumerate(expected))
        assert distance < 1.63 / math.sqrt(len(gaps)), f"{seed}: {len(gaps)} gaps are {distance:.4f} from exponential"


def test_poisson_arrivals_of_one_second_do_not_depend_on_the_one_before() -> None:
    """The counts of intervals have a mean and a variance that are equal: neither even nor in bunches."""
    for seed in range(5):
        counts = [0] * 400
        for moment in poisson(100, 40, seed).due:
            counts[int(moment * 10)] += 1
        mean = sum(counts) / 400
        variance = sum((count - mean) ** 2 for count in counts) / 399
        assert mean == pytest.approx(10, rel=0.06), f"seed {seed}"
        assert variance / mean == pytest.approx(1, abs=0.25), f"seed {seed}"


def test_the_timer_is_never_early_and_the_past_is_now() -> None:
    async def run() -> list[tuple[float, float]]:
        wanted = [clock() + 0.0123, clock() + 0.0234, clock() - 1]
        woken: list[tuple[float, float]] = []
        done = asyncio.Event()

        def wake() -> None:
            woken.append((wanted[len(woken)], clock()))
            if len(woken) == len(wanted):
                done.set()
            else:
                timer.at(wanted[len(woken)])

        timer = Timer(wake)
        timer.at(wanted[0])
        async with asyncio.timeout(10):
            await done.wait()
        timer.close()
        return woken

    woken = uvloop.run(run())
    assert all(now >= due for due, now in woken), f"wanted none early, got {woken}"
    assert woken[2][1] - woken[1][1] < 1, "wanted a moment in the past at once"


def test_a_timer_that_is_off_wakes_nobody() -> None:
    """One that has expired and stays set would wake the event loop at each of its turns."""

    async def run() -> int:
        woken: list[float] = []

        def wake() -> None:
            woken.append(clock())
            timer.off()
            once.set()

        once = asyncio.Event()
        timer = Timer(wake)
        timer.at(clock() - 1)
        async with asyncio.timeout(10):
            await once.wait()
        for _ in range(100):
            await asyncio.sleep(0)
        timer.close()
        return len(woken)

    assert uvloop.run(run()) == 1
