"""A worker without memory is killed with its requests."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.races import fates, lost, none_lost


def out_of_memory(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    return ClaimResult(lost(rows, "gevent") > 0, fates(rows))


CLAIMS = (out_of_memory, none_lost)
