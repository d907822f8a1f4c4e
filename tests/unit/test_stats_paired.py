"""Differences from pairs: quantiles against tables; coverage and power against noise with a known difference."""

import math
from collections.abc import Callable
from random import Random
from statistics import stdev

from bench.experiments.ab import FIRST
from bench.stats.paired import difference, log_ratios, pairs_needed, resolution
from experiments.comparison.student import t_quantile

# https://www.itl.nist.gov/div898/handbook/eda/section3/eda3672.htm
QUANTILES = [(0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 9, 2.262), (0.9, 9, 1.383), (0.975, 10, 2.228)]
QUANTILES += [(0.975, 99, 1.984), (0.95, 30, 1.697), (0.5, 5, 0.0)]

# A turn's logarithm, with a standard deviation of about 4 %, as turns of 2 s have.
NOISES: dict[str, Callable[[Random], float]] = {
    "normal": lambda random: random.gauss(0, 0.04),
    "skewed": lambda random: random.expovariate(1 / 0.04),
    "now and then much slower": lambda random: random.gauss(0, 0.02) + (0.1 if random.random() < 0.1 else 0),
}
RUNS = 1500


def turns(random: Random, noise: Callable[[Random], float], count: int, planted: float) -> list[float]:
    pairs = []
    for _ in range(count):
        drift = random.gauss(0, 0.2)  # of the machine: both turns have it
        pairs.append((math.exp(drift + noise(random)), planted * math.exp(drift + noise(random))))
    return log_ratios(pairs)


def test_quantiles_are_those_of_the_tables() -> None:
    for share, degrees, wanted in QUANTILES:
        got = t_quantile(share, degrees)
        assert abs(got - wanted) < 0.0006, f"{share} of {degrees}: wanted {wanted}, got {got}"


def test_intervals_cover_a_planted_difference_also_after_a_first_stage() -> None:
    for name, noise in NOISES.items():
        random, covered, extended = Random(name), 0, 0
        for _ in range(RUNS):
            own = turns(random, noise, FIRST, 0.9)
            found = difference(own)
            covered += found is not None and found.low <= 0.9 <= found.high
            more = max(FIRST, pairs_needed(stdev(own), 0.04, 40))
            found = difference(own + turns(random, noise, more - FIRST, 0.9))
            extended += found is not None and found.low <= 0.9 <= found.high
        for stage, count in (("of the first stage", covered), ("of both stages", extended)):
            assert 0.93 < count / RUNS < 0.97, f"{name}: {count / RUNS:.1%} {stage} cover it, wanted 95 %"


def test_what_is_detectable_is_found_nine_times_in_ten_and_nothing_one_in_twenty() -> None:
    random, noise = Random("power"), NOISES["normal"]
    detectable = math.exp(resolution(0.04 * math.sqrt(2), FIRST))
    for planted, low, high in ((detectable, 0.88, 0.94), (1 / detectable, 0.88, 0.94), (1.0, 0.035, 0.065)):
        runs = [difference(turns(random, noise, FIRST, planted)) for _ in range(RUNS)]
        share = sum(each is not None and each.significant for each in runs) / RUNS
        assert low < share < high, f"planted {planted:.3f}: found in {share:.1%}"


def test_the_number_of_pairs_is_the_first_that_resolves_what_is_to_be_detected() -> None:
    for deviation, detect in ((0.02, 0.05), (0.05, 0.05), (0.05, 0.02), (0.3, 0.05)):
        needed = pairs_needed(deviation, detect, 10_000)
        assert resolution(deviation, needed) <= math.log1p(detect) < resolution(deviation, needed - 1)
    assert pairs_needed(0.3, 0.05, 50) == 50, "wanted no more than there is time for"
    assert pairs_needed(0.0, 0.05, 50) == 3, "wanted the fewest that have an interval"


def test_a_difference_needs_three_pairs_and_those_that_were_measured_on_both_sides() -> None:
    assert log_ratios([(1, 2), (None, 2), (1, None), (0, 2), (2, 1)]) == [math.log(2), -math.log(2)]
    assert difference([0.1, 0.1]) is None
    alike = difference([0.0, 0.0, 0.0])
    assert alike is not None
    assert (alike.significant, alike.low, alike.high) == (False, 1, 1)
