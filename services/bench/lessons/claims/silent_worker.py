"""gunicorn's timeout kills a slow sync worker, and no gevent worker."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.races import fates, lost, none_lost


def silent_worker(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    return ClaimResult(lost(rows, "sync") > 0 and not lost(rows, "gevent"), fates(rows))


CLAIMS = (silent_worker, none_lost)
