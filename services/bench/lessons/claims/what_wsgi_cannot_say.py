"""An open stream occupies a sync worker."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.races import last, races_of
from bench.stats.phrases import milliseconds, times


def streams(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    races = races_of(rows)
    sync, loop = last(races["sync"]), last(races["uvicorn"])
    text = (
        f"uvicorn's streams had all ended after {milliseconds(loop)}: side by side. sync's took "
        f"{milliseconds(sync)}, {times(sync / loop)} times as long: as many at a time as it has processes."
    )
    return ClaimResult(sync > 1.8 * loop, text)


CLAIMS = (streams,)
