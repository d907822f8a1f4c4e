"""gunicorn's timeout kills a slow sync worker, and no gevent worker."""

from collections.abc import Sequence

from bench.lessons.claim import ClaimResult, Params, Rows
from bench.lessons.races import fates, lost, none_lost
from bench.notices import Notice


def silent_worker(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(lost(rows, "sync") > 0 and not lost(rows, "gevent"), fates(rows))


CLAIMS = (silent_worker, none_lost)
