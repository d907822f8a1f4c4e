"""Beyond the knee, more clients only wait longer."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.points import known
from bench.stats.phrases import milliseconds
from bench.stats.points import summarise_points


def the_queue(params: Params, rows: Rows, _: Notices) -> ClaimResult:
    points = {each.point: each for each in summarise_points(rows)}
    most = max(points)
    (few_rps, few_p50), (rps, p50) = ((known(points[each].rps), known(points[each].p50_ms)) for each in (2, most))
    text = (
        f"From 2 clients to {most:g}, throughput went from {few_rps:.0f} to {rps:.0f} a second, and "
        f"half of the answers from {milliseconds(few_p50)} to {milliseconds(p50)}. "
        f"Little's law: {rps:.0f} a second times {milliseconds(p50)} are {rps * p50 / 1000:.1f} requests in flight."
    )
    return ClaimResult(rps < 1.4 * few_rps and p50 > 4 * few_p50, text)


CLAIMS = (the_queue,)
