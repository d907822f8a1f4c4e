"""Whether a run's figures are valid, reported at its end: repeats, spread, and the generator's own limits."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from bench.notices import Verdict
from bench.scenarios.point import Measured
from bench.stats import NOISY, Measurement, noisy, spread
from bench.stats.validity import worst_warnings

ADVICE = {
    "noisy": "more repeats, longer points, an idle host: --repeats 5 --seconds 10",
    "generator": "dedicated cores for generator and contenders: BENCH_CPUSET and CONTENDER_CPUSET in .env",
}

Figure = Callable[[Measured], float | None]


def throughput(measured: Measured) -> float | None:
    """What is free in a closed loop."""
    return measured.row.rps


def median_of(measured: Measured) -> float | None:
    """What is free in an open loop, without the chance of the rarest requests."""
    return measured.row.p50_ms


FIGURES: dict[Figure, str] = {throughput: "req/s", median_of: "p50"}


def verdict_on_points(measured: Sequence[Measured], figure: Figure | None) -> Verdict:
    """`figure` is what should repeat; None where no two points are meant to be alike."""
    groups: dict[tuple[str, float], list[float]] = defaultdict(list)
    for each in measured:
        if figure is not None and (value := figure(each)) is not None:
            groups[each.row.contender, each.row.point].append(value)
    name = None if figure is None else FIGURES[figure]
    return verdict([Measurement(each.row.contender, each.warnings) for each in measured], groups.values(), name)


def verdict(
    measured: Sequence[Measurement], alike: Collection[Sequence[float]] = ((0.0,),), figure: str | None = None
) -> Verdict:
    """`alike` are figures that should repeat; an experiment without points repeats nothing."""
    most = max((spread(values) for values in alike if len(values) > 1), default=None)
    differ = any(map(noisy, alike))
    limited = any(warning.generator for each in measured for warning in each.warnings)
    return Verdict(
        figure=figure,
        noisy=differ,
        spread_pct=None if most is None else round(100 * most, 1),
        bound_pct=round(100 * NOISY, 1),
        repeats=max(map(len, alike), default=0),
        generator_limited=limited,
        doubts=worst_warnings(measured),
        advice=[ADVICE["noisy"]] * differ + [ADVICE["generator"]] * limited,
    )
