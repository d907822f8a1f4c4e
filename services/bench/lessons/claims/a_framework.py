"""What Starlette adds to bare ASGI."""

from statistics import median

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.notices import PointMeasured, of


def price(_: Params, __: Rows, notices: Notices) -> ClaimResult:
    costs: dict[str, list[float]] = {"uvicorn": [], "starlette": []}
    for each in of(PointMeasured, notices):
        if each.contender in costs and each.cpu_us is not None:
            costs[each.contender].append(each.cpu_us)
    bare, framework = (median(each) for each in costs.values())
    text = (
        f"CPU per request: uvicorn {bare:.0f} µs, Starlette on uvicorn {framework:.0f}: "
        f"{framework - bare:.0f} µs more. In a request that waits for 20 ms there is room for "
        f"{20_000 / (framework - bare):,.0f} of those."
    )
    return ClaimResult(framework > bare, text)


CLAIMS = (price,)
