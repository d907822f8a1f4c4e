"""What a framework spends in a request, by sampled stacks: nothing in bare ASGI, more in FastAPI than in Starlette."""

from statistics import fmean

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.stats.select import by

TWICE = 2.0  # times Starlette's microseconds: in three runs on a busy machine FastAPI's were 2.9 to 5.2 times as many


def shares(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    found = by(rows, "contender")
    bare, starlette, fastapi = (
        fmean(row.framework_us for row in found[each]) for each in ("uvicorn", "starlette", "fastapi")
    )
    json = fmean(row.serialization_us for row in rows)
    text = (
        f"Framework, per request: uvicorn {bare:.0f} µs, Starlette {starlette:.0f}, FastAPI {fastapi:.0f}; "
        f"encoding JSON took {json:.0f} µs."
    )
    return ClaimResult(bare == 0 and starlette > 0 and fastapi > TWICE * starlette, text)


CLAIMS = (shares,)
