"""Metrics that are wrong: of one worker, in ever more files, with ever more labels; and spans that nobody gets."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.notices import Counted, of


def one_worker(_: Params, __: Rows, notices: Notices) -> ClaimResult:
    broken, mended = _both(notices)
    return ClaimResult(broken.requests != broken.sent and _complete(mended), f"{broken.text} {mended.text}")


def files(_: Params, __: Rows, notices: Notices) -> ClaimResult:
    broken, mended = _both(notices)
    right = _complete(broken) and _complete(mended)
    return ClaimResult(right and broken.files > 2 * mended.files, f"{broken.text} {mended.text}")


def paths(_: Params, __: Rows, notices: Notices) -> ClaimResult:
    broken, mended = _both(notices)
    more = broken.series - mended.series
    return ClaimResult(_complete(mended) and more > broken.sent, f"{broken.text} {mended.text}")


def no_spans(_: Params, __: Rows, notices: Notices) -> ClaimResult:
    """Of a broken one no span comes; of the other more than one per request, as the bench's own have one, too."""
    broken, mended = _both(notices)
    return ClaimResult(broken.spans == 0 and (mended.spans or 0) >= mended.sent, f"{broken.text} {mended.text}")


def _both(notices: Notices) -> tuple[Counted, Counted]:
    """Raises StopIteration where one has no metrics."""
    found = {each.contender: each for each in of(Counted, notices)}
    return next(found[name] for name in "a" if name in found), next(found[name] for name in "b" if name in found)


def _complete(each: Counted) -> bool:
    return each.requests == each.sent


CLAIMS = (one_worker, files, paths, no_spans, no_spans)
