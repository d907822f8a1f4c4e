"""What claims read from the rows of a sweep or a rate: what failed, and how long the rest took."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.stats.phrases import lost_of, milliseconds
from bench.stats.points import failed


def none_failed(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    return ClaimResult(not any(map(failed, rows)), losses(rows))


def known(figure: float | None) -> float:
    if figure is None:
        raise ValueError("nothing was answered")
    return figure


def losses(rows: Rows) -> str:
    phrases = [
        lost_of(str(row.contender), failed(row), failed(row) + row.requests)
        for row in sorted(rows, key=lambda row: str(row.contender))
    ]
    if not phrases:
        raise ValueError("nothing was measured")
    return f"{'; '.join(phrases)}."


def slowest(rows: Rows) -> str:
    phrases = []
    for row in sorted(rows, key=lambda row: str(row.contender)):
        usual, maximum = milliseconds(row.p50_ms), milliseconds(row.max_ms)
        phrases.append(f"{row.contender}: p50 {usual}, maximum {maximum}")
    return f"{'; '.join(phrases)}."
