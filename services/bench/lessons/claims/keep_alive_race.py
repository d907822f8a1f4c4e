"""A connection that both sides close loses a POST."""

from collections.abc import Sequence

from bench.lessons.claim import ClaimResult, Params, Rows
from bench.lessons.points import losses, none_failed
from bench.notices import Notice
from bench.stats.points import failed


def keep_alive_race(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(any(map(failed, rows)), losses(rows))


CLAIMS = (keep_alive_race, none_failed)
