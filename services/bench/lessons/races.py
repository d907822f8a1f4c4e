"""What claims read from the rows of a race: who answered when, and what became of the requests."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.stats.phrases import lost_of
from bench.stats.races import RaceSummary, summarise_races


def races_of(rows: Rows) -> dict[str, RaceSummary]:
    """By contender, of those that answered everything."""
    return {each.contender: each for each in summarise_races(rows) if not each.errors}


def last(one: RaceSummary) -> float:
    if one.last_ms is None:
        raise ValueError("nothing was answered")
    return one.last_ms


def lost(rows: Rows, contender: str) -> int:
    return next(each.errors for each in summarise_races(rows) if each.contender == contender)


def fates(rows: Rows) -> str:
    """How many of each contender's requests were answered, and what became of the others."""
    phrases = []
    for each in summarise_races(rows):
        why = f" ({each.failures})" if each.errors else ""
        phrases.append(lost_of(each.contender, each.errors, each.errors + each.answered) + why)
    if not phrases:
        raise ValueError("nothing was sent")
    return f"{'; '.join(phrases)}."


def none_lost(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    return ClaimResult(not any(each.errors for each in summarise_races(rows)), fates(rows))
