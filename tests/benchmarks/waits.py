"""How near the contenders come to what waits alone allow, and how well CPU time a request repeats.

    scripts/up
    docker compose run --rm --no-deps --entrypoint python tests -m tests.benchmarks.waits

The bound is Little's: in flight / wait, or worker processes / wait where each serves one at a time. Needs a quiet
machine; a run says whether it was one. About three minutes.
"""

from statistics import median
from typing import Any

from tests.e2e.lab import NAMES, WORKERS
from tests.e2e.queue import finished

IN_FLIGHT, MS, REPEATS = 64, 100, 5


def main() -> None:
    sweep = {"workload": "io", "ms": MS, "points": [IN_FLIGHT], "seconds": 5, "repeats": REPEATS}
    run = finished({"experiment": "sweep", "params": sweep, "contenders": NAMES})
    points = [data for kind, data in run["notices"] if kind == "point"]
    print(f"/io?ms={MS}, {IN_FLIGHT} in flight, {REPEATS} repeats of 5 s, on {run['environment']['cores']} cores")
    for name in NAMES:
        rows = [row for row in run["results"] if row["contender"] == name]
        bound = (WORKERS if name == "sync" else IN_FLIGHT) * 1000 / MS
        shares = sorted(row["rps"] / bound for row in rows)
        print(f"{name:>10}: {median(shares):.3f} of the bound of {bound:g} a second ({shares[0]:.3f}-{shares[-1]:.3f})")
    for name in NAMES:
        costs = _costs(points, name)
        spread = (max(costs) - min(costs)) / median(costs)
        print(f"{name:>10}: {median(costs):.0f} us of CPU time a request, repeats within {spread:.1%}")
    print(f"verdict: {run['environment']['noise']}")


def _costs(points: list[dict[str, Any]], name: str) -> list[float]:
    return [point["cpu_us"] for point in points if point["contender"] == name and point["cpu_us"] is not None]


if __name__ == "__main__":
    main()
