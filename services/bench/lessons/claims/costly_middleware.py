"""What BaseHTTPMiddleware costs, in place of five lines of pure ASGI."""

from collections.abc import Sequence

from bench.lessons.claim import ClaimResult, Params, Rows
from bench.lessons.pairs import difference_in
from bench.notices import Notice


def price(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    found, text = difference_in(rows, "cpu_us")
    return ClaimResult(found.ratio > 1.2, text)


CLAIMS = (price,)
