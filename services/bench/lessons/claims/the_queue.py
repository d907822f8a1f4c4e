"""Beyond the knee, more clients only wait longer."""

from collections.abc import Sequence

from bench.lessons.claim import ClaimResult, Params, Rows
from bench.notices import Notice
from bench.stats.phrases import milliseconds
from bench.stats.points import summarise_points


def the_queue(params: Params, rows: Rows, _: Sequence[Notice]) -> ClaimResult:
    points = {each.point: each.values for each in summarise_points(rows)}
    few, many = points[2], points[max(points)]
    flight = many["rps"] * many["p50_ms"] / 1000  # type: ignore[operator]
    text = (
        f"From 2 clients to {max(points):g}, throughput went from {few['rps']:.0f} to {many['rps']:.0f} a second, and "
        f"half of the answers from {milliseconds(few['p50_ms'] or 0)} to {milliseconds(many['p50_ms'] or 0)}. "
        f"Little's law: {many['rps']:.0f} a second times {milliseconds(many['p50_ms'] or 0)} are {flight:.1f} requests "
        f"in flight."
    )
    flat = many["rps"] < 1.4 * few["rps"]  # type: ignore[operator]
    return ClaimResult(flat and many["p50_ms"] > 4 * few["p50_ms"], text)  # type: ignore[operator]


CLAIMS = (the_queue,)
