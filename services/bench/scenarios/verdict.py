"""Whether a run's figures can be believed, said at its end: repeats, spread, and the generator's own limits."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable

from bench.scenarios.point import Measured
from bench.scenarios.report import Report
from bench.stats import NOISY, Doubt, noisy, spread

ADVICE = {
    "noisy": "more repeats, longer points, a quiet machine: --repeats 5 --seconds 10",
    "generator": "cores of their own for generator and contenders: BENCH_CPUSET and CONTENDER_CPUSET in .env",
}

Figure = Callable[[Measured], float | None]


def throughput(measured: Measured) -> float | None:
    """What is free in a closed loop."""
    return measured.row.rps


def middle(measured: Measured) -> float | None:
    """What is free in an open loop, without the chance of the rarest requests."""
    return measured.row.p50_ms


FIGURES: dict[Figure, str] = {throughput: "requests a second", middle: "p50"}


def verdict(measured: list[Measured], report: Report, figure: Figure | None) -> None:
    """`figure` is what should repeat; None where no two points are meant to be alike."""
    groups: dict[tuple[str, float], list[float]] = defaultdict(list)
    for each in measured:
        if figure is not None and (value := figure(each)) is not None:
            groups[each.row.contender, each.row.point].append(value)
    name = None if figure is None else FIGURES[figure]
    _tell(
        report, name, list(groups.values()), [doubt for each in measured for doubt in each.doubts], summed_up(measured)
    )


def judged(found: list[Doubt], report: Report) -> None:
    """The verdict on an experiment without points, which repeats nothing."""
    _tell(report, None, [[0.0]], found, [doubt.text for doubt in found])


def _tell(report: Report, figure: str | None, groups: list[list[float]], found: list[Doubt], texts: list[str]) -> None:
    """`groups` are figures that should be alike."""
    worst = max((spread(values) for values in groups if len(values) > 1), default=None)
    differ, limited = any(map(noisy, groups)), any(doubt.generator for doubt in found)
    report.verdict(
        figure=figure,
        noisy=differ,
        spread_pct=None if worst is None else round(100 * worst, 1),
        bound_pct=round(100 * NOISY, 1),
        repeats=max(map(len, groups), default=0),
        generator_limited=limited,
        doubts=texts,
        advice=[ADVICE["noisy"]] * differ + [ADVICE["generator"]] * limited,
    )


def summed_up(measured: list[Measured]) -> list[str]:
    """Each kind of doubt once, where it was worst, with how many points have it."""
    texts = [doubt.text for each in measured for doubt in each.doubts]
    kinds = Counter(_kind(text) for text in texts)
    worst = {_kind(text): text for text in sorted(texts, key=_figure)}
    return [f"{count} of {len(measured)} points: {worst[kind]}" for kind, count in kinds.items()]


def _figure(text: str) -> float:
    """The first number in it, which is what was seen."""
    seen = re.search(r"[0-9]+(\.[0-9]+)?", text)
    return float(seen[0]) if seen else 0.0


def _kind(text: str) -> str:
    return re.sub(r"[0-9][0-9.,]*", "#", text)
