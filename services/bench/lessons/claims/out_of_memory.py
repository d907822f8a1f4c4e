"""A worker without memory is killed with its requests."""

from collections.abc import Sequence

from bench.lessons.claim import ClaimResult, Params, Rows
from bench.lessons.races import fates, lost, none_lost
from bench.notices import Notice


def out_of_memory(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    return ClaimResult(lost(rows, "gevent") > 0, fates(rows))


CLAIMS = (out_of_memory, none_lost)
