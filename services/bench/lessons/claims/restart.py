"""A reload loses nothing; a restart loses requests."""

from collections.abc import Sequence

from bench.lessons.claim import ClaimResult, Params, Rows
from bench.lessons.points import losses, none_failed
from bench.notices import Notice
from bench.stats.points import failed


def restarted(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(all(map(failed, rows)), losses(rows))


CLAIMS = (none_failed, restarted)
