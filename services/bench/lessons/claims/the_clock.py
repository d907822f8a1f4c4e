"""Latency from when a request was sent hides the queue."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.stats.phrases import milliseconds, times
from bench.stats.points import summarise_points
from bench.stats.tail import tail


def the_clock(params: Params, rows: Rows, notices: Notices) -> ClaimResult:
    (point,) = (each for each in summarise_points(rows, notices) if each.contender == "sync")
    slowest = tail([point])
    due, sent = point.latency(slowest), point.uncorrected(slowest) or 0.0
    text = (
        f"{params['rate']:g} req/s were scheduled, and {point.rps:.1f} were answered. The {slowest.name} was "
        f"{milliseconds(due)} from the scheduled time; uncorrected, from when the request was sent, "
        f"{milliseconds(sent)}: {times(due / sent)}× too low."
    )
    return ClaimResult(due > 1.5 * sent, text)


CLAIMS = (the_clock,)
