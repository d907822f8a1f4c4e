"""What an application measures of itself leaves its queue out."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.points import known
from bench.stats.phrases import milliseconds, times
from bench.stats.points import summarise_points

MANY = 10  # times: 42, 53 and 83 were measured, the first two on a machine with other work


def the_dashboard_is_green(params: Params, rows: Rows, _: Notices) -> ClaimResult:
    points = {each.contender: each for each in summarise_points(rows)}
    if all(each.app_p99_ms is None for each in points.values()):
        return ClaimResult(
            False, "The application's own p99 is missing: start the lab with OBSERVE=prometheus scripts/up."
        )
    sync, other = points["sync"], points["uvicorn"]
    seen, own = known(sync.p99_ms), known(sync.app_p99_ms)
    text = (
        f"At {params['rate']:g} req/s sync reports a p99 of {milliseconds(own)}, and its clients waited "
        f"{milliseconds(seen)}: {times(seen / own)}× as long. uvicorn reports {milliseconds(known(other.app_p99_ms))}, "
        f"and its clients waited {milliseconds(known(other.p99_ms))}."
    )
    return ClaimResult(seen > MANY * own, text)


CLAIMS = (the_dashboard_is_green,)
