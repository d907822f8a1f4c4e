"""No worker class makes computation faster."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.races import last, races_of
from bench.stats.phrases import milliseconds


def computing(params: Params, rows: Rows, _: Notices) -> ClaimResult:
    races = races_of(rows)
    took = {name: last(races[name]) for name in ("sync", "gevent", "uvicorn")}
    phrases = ", ".join(f"{name}'s after {milliseconds(ms)}" for name, ms in took.items())
    work = params["ms"] * races["sync"].answered
    text = f"The last answers: {phrases}. All of it was {milliseconds(work)} of CPU time."
    return ClaimResult(max(took.values()) < 1.7 * min(took.values()) and min(took.values()) > work / 4, text)


CLAIMS = (computing,)
