"""The table of points under load."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from bench.notices import Notice, PointMeasured, of
from bench.stats.phrases import by_kind
from bench.stats.points import succeeded, summarise_points
from bench.views.parts import FEW, Line, Part, Table, mark, number, percent
from experiments.schema.samples import PointSample

EVEN = 0.9  # Jain's index of two processes of which one serves twice as many as the other
LEGEND = (
    "p50 to p99.9 in ms; spread of req/s across repeats; t/o: timeouts; CPU of one core; "
    f"?: see the validity warnings; {FEW}"
)


def table(what: str, rows: Sequence[PointSample], notices: Sequence[Notice]) -> Iterable[Part]:
    """Narrow enough for a terminal of 80 columns."""
    names = (what, "req/s", "spread", "p50", "p99", "p99.9", "err", "t/o", "CPU", "µs/req", "MiB")
    shown = Table(("contender", *names, ""))
    doubtful = _doubtful(notices)
    for each in summarise_points(rows):
        cost = 1e4 * each.cpu_pct / each.rps if each.rps and each.cpu_pct is not None else None
        shown.add(
            each.contender,
            f"{each.point:g}",
            number(each.rps),
            "" if each.spread_pct is None else f"{each.spread_pct:.0f} %",
            *(mark(number(getattr(each, name)), name, each.too_few_for) for name in ("p50_ms", "p99_ms", "p999_ms")),
            *map(str, (each.errors, each.timeouts)),
            percent(each.cpu_pct),
            number(cost),
            number(each.rss_mb),
            "?" if (each.contender, each.point) in doubtful else "",
        )
    yield shown
    yield Line(LEGEND, style="dim")
    if any(map(succeeded, rows)):  # else they are in the error of the run
        yield from _kinds_of_errors(notices)
    yield from _unevenness("in flight" if what == "in flight" else "req/s", notices)


def _kinds_of_errors(notices: Sequence[Notice]) -> Iterable[Part]:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for each in of(PointMeasured, notices):
        kinds[each.contender].update(each.errors or {})  # of an earlier version, which had none
    for contender, counts in kinds.items():
        if counts:
            yield Line(f"{contender}: {by_kind(counts)}", style="yellow")


def _unevenness(what: str, notices: Sequence[Notice]) -> Iterable[Part]:
    """Of each contender at its highest point: a request alone has but one process to go to."""
    shared: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in of(PointMeasured, notices):
        if (fairness := (each.fairness or {}).get("workers")) is not None:
            shared[each.contender][each.point].append(fairness)
    for contender, points in shared.items():
        index = median(points[max(points)])
        if index < EVEN:
            fairness = f"fairness {index:.2f} (Jain's index: 1 is even, 1/n is one did it all)"
            yield Line(f"{contender}: uneven load across processes at {max(points):g} {what}: {fairness}")


def _doubtful(notices: Sequence[Notice]) -> set[tuple[str, float]]:
    return {(each.contender, each.point) for each in of(PointMeasured, notices) if not each.valid}
