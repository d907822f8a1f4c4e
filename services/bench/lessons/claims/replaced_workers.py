"""A worker that is replaced loses nothing."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.points import losses, slowest
from bench.notices import PointMeasured, of
from bench.stats.points import failed


def replaced(_: Params, rows: Rows, notices: Notices) -> ClaimResult:
    gone = {warning["kind"] for point in of(PointMeasured, notices) for warning in point.doubts} & {"process-lost"}
    return ClaimResult(not any(map(failed, rows)) and bool(gone), f"{losses(rows)} {slowest(rows)}")


def kept(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    return ClaimResult(not any(map(failed, rows)), f"{losses(rows)} {slowest(rows)}")


CLAIMS = (replaced, kept)
