"""Whether what `advise` recommends is what trying every number of workers finds, and how far theory is off.

    scripts/up
    docker compose run --rm --no-deps --entrypoint python tests -m tests.benchmarks.advise

Pure waits, pure computing and two mixes, with and without threads: first `advise`, then each number of workers from
two, the fewest that it recommends, up to two more than it does, at 1.5 times the rate, where a recommendation has to
hold as well, with requests that come at random: the fewest that keep the promise in two of three repeats. It also
prints how long `advise` took. Needs a quiet machine. About twelve minutes on two cores.
"""

from datetime import datetime
from typing import Any

from bench.stats.advice import MORE
from bench.stats.ties import SAFE
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
        began, ended = (datetime.fromisoformat(run[name]) for name in ("started", "finished"))
        print(f"  advised in {(ended - began).total_seconds():.0f} s")
        for contender in CONTENDERS:
            rows = [row for row in run["results"] if row["contender"] == contender and row["p99_ms"] is not None]
            kept = sorted(row["workers"] for row in rows if row["kept_more"])
            highest = (kept[0] if kept else max((row["workers"] for row in rows), default=1)) + BEYOND
            found = _fewest(contender, params | {"rate": MORE * rate}, p99_ms, highest)
            off = {row["workers"]: _off(row) for row in rows}
            print(f"  {contender:>8}: advised {kept[0] if kept else 'none'}, found {found}; theory is off by {off}")


def _fewest(contender: str, params: dict[str, Any], p99_ms: float, highest: int) -> int | None:
    shape = {"arrivals": "poisson", "seconds": SECONDS, "repeats": REPEATS}
    for workers in range(SAFE, highest + 1):
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
