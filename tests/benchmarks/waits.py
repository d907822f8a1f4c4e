"""How near the contenders come to what waits alone allow, and how well CPU time a request repeats (A/A).

    scripts/up
    docker compose run --rm --no-deps --entrypoint python tests -m tests.benchmarks.waits

The bound is Little's: in flight / wait, or worker processes / wait where each serves one at a time. Of ten repeats, in
turn with the other contenders, the odd ones are one run of five and the even ones another: what their medians differ by
is what a difference between two contenders must exceed. The same is told of the CPU time in units of what the
generator's own request cost in the same seconds: where the machine's speed changes, it changes for both. Needs a quiet
machine; a run says whether it was one. About twelve minutes.
"""

from statistics import median
from typing import Any

from tests.e2e.lab import NAMES, WORKERS
from tests.e2e.queue import finished

IN_FLIGHT, MS, SECONDS, REPEATS = 64, 100, 5, 10


def main() -> None:
    for workload in ({"workload": "io", "ms": MS}, {"workload": "hello"}):
        shape = {"points": [IN_FLIGHT], "seconds": SECONDS, "repeats": REPEATS}
        run = finished({"experiment": "sweep", "params": workload | shape, "contenders": NAMES})
        cores = run["environment"]["cores"]
        print(f"{workload}, {IN_FLIGHT} in flight, {REPEATS} repeats of {SECONDS} s, on {cores} cores")
        if workload["workload"] == "io":
            _bounds(run)
        _costs(run)
        print(f"verdict: {run['environment']['noise']}")


def _bounds(run: dict[str, Any]) -> None:
    for name in NAMES:
        bound = (WORKERS if name == "sync" else IN_FLIGHT) * 1000 / MS
        shares = sorted(row["rps"] / bound for row in run["results"] if row["contender"] == name)
        print(f"{name:>10}: {median(shares):.3f} of the bound of {bound:g} a second ({shares[0]:.3f}-{shares[-1]:.3f})")


def _costs(run: dict[str, Any]) -> None:
    points = [data for kind, data in run["notices"] if kind == "point" and data["cpu_us"] is not None]
    for name in NAMES:
        own = [point for point in points if point["contender"] == name]
        costs = [point["cpu_us"] for point in own]
        relative = [point["cpu_us"] / point["generator"]["cpu_us"] for point in own]
        print(f"{name:>10}: {median(costs):.0f} us of CPU time a request, {_repeats(costs)};")
        print(f"{'':>10}  {median(relative):.2f} of what one cost the generator, {_repeats(relative)}")


def _repeats(values: list[float]) -> str:
    one, other = median(values[::2]), median(values[1::2])
    spread = (max(values) - min(values)) / median(values)
    return f"repeats within {spread:.1%}, A/A of five {abs(one - other) / min(one, other):.1%}"


if __name__ == "__main__":
    main()
