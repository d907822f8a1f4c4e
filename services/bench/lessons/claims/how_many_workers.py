"""Waits overlap with more workers."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.stats.phrases import times


def how_many(params: Params, rows: Rows, _: Notices) -> ClaimResult:
    rates = {row.workers: row.rate for row in rows if row.contender == "sync"}
    one, most = min(params["counts"]), max(params["counts"])
    factor = rates[most] / rates[one]
    text = (
        f"sync carried {rates[one]:,.0f} requests a second with {one} worker and {rates[most]:,.0f} with {most}: "
        f"{times(factor)} times as many."
    )
    return ClaimResult(factor > 0.6 * most / one, text)


CLAIMS = (how_many,)
