"""What four threads of one process compute with the GIL, and without it."""

from collections.abc import Sequence

from bench.lessons.claim import ClaimResult, Params, Rows
from bench.lessons.pairs import difference_in
from bench.notices import Notice


def threads_compute_at_once(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    found, text = difference_in(rows, "rps")
    return ClaimResult(found.ratio > 1.2, text)


CLAIMS = (threads_compute_at_once,)
