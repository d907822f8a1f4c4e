"""Patched, the same file waits side by side; what waits in C does not."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.races import last, races_of
from bench.stats.phrases import milliseconds, times


def patched(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    races = races_of(rows)
    sync, green = races["sync"], [races["gevent"], races["eventlet"]]
    factors = [last(sync) / last(each) for each in green]
    text = (
        f"The same file: sync's last answer came after {milliseconds(last(sync))}, gevent's after "
        f"{milliseconds(last(green[0]))} and eventlet's after {milliseconds(last(green[1]))}, "
        f"{times(min(factors))} times as fast or more. gevent had {green[0].at_once} requests at work at once, "
        f"sync {sync.at_once}."
    )
    return ClaimResult(min(factors) > 2, text)


def unpatched(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    races = races_of(rows)
    sync, green = races["sync"], [races["gevent"], races["eventlet"]]
    text = (
        f"Now gevent's last answer came after {milliseconds(last(green[0]))} and eventlet's after "
        f"{milliseconds(last(green[1]))}; sync's after {milliseconds(last(sync))}, as before. "
        f"gevent ran {green[0].at_once} requests at once: one per process."
    )
    return ClaimResult(min(map(last, green)) > 0.75 * last(sync), text)


CLAIMS = (patched, unpatched)
