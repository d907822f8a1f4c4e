"""One thread holds all waiting requests."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.races import last, races_of
from bench.stats.phrases import milliseconds


def event_loop(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    races = races_of(rows)
    loop, green = races["uvicorn"], races["gevent"]
    text = (
        f"uvicorn had {loop.at_once} of {loop.answered} requests waiting at one moment, in {loop.processes} processes "
        f"with one thread each, and had answered all after {milliseconds(last(loop))}; gevent {green.at_once}, "
        f"after {milliseconds(last(green))}."
    )
    return ClaimResult(min(loop.at_once / loop.answered, green.at_once / green.answered) > 0.5, text)


CLAIMS = (event_loop,)
