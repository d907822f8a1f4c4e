"""Prometheus' API, as the dashboard reads it: through nginx."""

import time
from collections.abc import Callable
from typing import Any

from tests.e2e.lab import answered, get

SCRAPED_WITHIN = 60.0  # seconds: a replica is found within 15, and scraped within 5 more; the machine may be busy

Samples = dict[tuple[str, ...], float]


def query(expression: str, *labels: str) -> Samples:
    """An instant vector: the value of each series, by these of its labels."""
    found = answered(get("/prometheus/api/v1/query", params={"query": expression}), 200).json()["data"]["result"]
    return {tuple(each["metric"].get(label, "") for label in labels): float(each["value"][1]) for each in found}


def scraped_since(moment: float, replicas: dict[str, int]) -> None:
    """Waits until each of these contenders, of which there are so many, was scraped and found without a request."""

    def fresh() -> bool:
        # Of the samples, and not of the evaluation, as it would be of an expression such as `up == 1`.
        ages = query('timestamp(up{job="contenders"})', "contender", "instance")
        up = query('up{job="contenders"}', "contender", "instance")
        current = [of for of, at in ages.items() if at > moment and up.get(of)]
        counts = {name: sum(name == of for of, _ in current) for name in replicas}
        busy = query("sum by (contender) (http_requests_in_progress)", "contender")
        return counts == replicas and not any(busy.get((name,), 1) for name in replicas)

    until(fresh, lambda: f"scraped of {replicas}: {query('up', 'contender', 'instance')}")


def until(condition: Callable[[], bool], state: Callable[[], Any], within: float = SCRAPED_WITHIN) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"not within {within:g} s: {state()}"
        time.sleep(0.5)
