"""A reload loses nothing; a restart loses requests."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.points import losses, none_failed
from bench.stats.points import failed


def restarted(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    return ClaimResult(all(map(failed, rows)), losses(rows))


CLAIMS = (none_failed, restarted)
