"""A connection that both sides close loses a POST."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.points import losses, none_failed
from bench.stats.points import failed


def keep_alive_race(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    return ClaimResult(any(map(failed, rows)), losses(rows))


CLAIMS = (keep_alive_race, none_failed)
