"""A pool of threads is what bounds blocking calls."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.races import last, races_of
from bench.stats.phrases import milliseconds


def threads(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    races = races_of(rows)
    pools = {name: races[name].at_once / races[name].processes for name in ("starlette", "uvicorn", "gthread")}
    phrases = ", ".join(
        f"{name} {races[name].at_once} ({pool:g}/process; finished after {milliseconds(last(races[name]))})"
        for name, pool in pools.items()
    )
    bounded = pools["gthread"] <= 8 and pools["starlette"] <= 40
    return ClaimResult(bounded and pools["starlette"] > 2 * pools["uvicorn"], f"At work at one moment: {phrases}.")


CLAIMS = (threads,)
