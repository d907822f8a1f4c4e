"""Whether what `advise` recommends is what trying every number of workers finds, and how far theory is off.

    scripts/up
    docker compose run --rm --no-deps --entrypoint python tests -m tests.benchmarks.advise

Pure waits, pure computing and two mixes, with and without threads: first `advise`, then each number of workers from one
up to two more than it recommends, at the same rate, with requests that come at random: the fewest that keep the
promise in two of three repeats. Needs a quiet machine. About fifteen minutes on two cores.
"""

from typing import Any

from tests.e2e.queue import finished

# A request, the rate, and the promise for its p99 in milliseconds: such that a few sync workers are needed.
QUESTIONS: list[tuple[str, dict[str, float], float, float]] = [
    ("waits", {"io_ms": 50}, 60, 150),
    ("computing", {"cpu_ms": 10}, 60, 100),
    ("waits and computing", {"io_ms": 60, "cpu_ms": 5}, 60, 300),
    ("half of each", {"io_ms": 15, "cpu_ms": 10}, 60, 200),
]
CONTENDERS = ["sync", "uvicorn"]
SECONDS, REPEATS, BEYOND = 6, 3, 2


def main() -> None:
    for name, question, rate, p99_ms in QUESTIONS:
        params = {"workload": "mix", **question, "rate": rate}
        run = finished({"experiment": "advise", "params": params | {"p99_ms": p99_ms}, "contenders": CONTENDERS})
        print(f"{name}: {question}, {rate} a second, p99 within {p99_ms} ms, on {run['environment']['cores']} cores")
        for contender in CONTENDERS:
            rows = [row for row in run["results"] if row["contender"] == contender and row["p99_ms"] is not None]
            kept = sorted(row["workers"] for row in rows if row["kept"])
            highest = (kept[0] if kept else max((row["workers"] for row in rows), default=1)) + BEYOND
            found = _fewest(contender, params, p99_ms, highest)
            off = {row["workers"]: _off(row) for row in rows}
            print(f"  {contender:>8}: advised {kept[0] if kept else 'none'}, found {found}; theory is off by {off}")


def _fewest(contender: str, params: dict[str, Any], p99_ms: float, highest: int) -> int | None:
    shape = {"arrivals": "poisson", "seconds": SECONDS, "repeats": REPEATS}
    for workers in range(1, highest + 1):
        run = finished(
            {"experiment": "rate", "params": params | shape | {"workers": workers}, "contenders": [contender]}
        )
        keeps = [
            row for row in run["results"] if row["p99_ms"] is not None and row["p99_ms"] <= p99_ms and not row["errors"]
        ]
        if 2 * len(keeps) > REPEATS:
            return workers
    return None


def _off(row: dict[str, Any]) -> str:
    """The predicted p99 against the measured one; with a question mark where the measurement itself is in doubt."""
    if row["predicted_p99_ms"] is None:
        return "a queue without end"
    return f"{row['predicted_p99_ms'] / row['p99_ms'] - 1:+.0%}{'?' if row['doubted'] else ''}"


if __name__ == "__main__":
    main()
