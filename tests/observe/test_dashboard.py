"""Each query of the Grafana dashboard has a number for each contender in Prometheus, and applies the choice of them."""

import json
import math
from concurrent.futures import ThreadPoolExecutor

from tests.contract.project import text
from tests.e2e.lab import CATALOGUE, NAMES, answered, get
from tests.observe.prometheus import query, until

RATE = "20s"  # Grafana's $__rate_interval, of scrapes that are 5 s apart
LOOPS = {row["name"] for row in CATALOGUE if row.get("interface") == "asgi"}


def test_each_query_has_a_number_for_each_contender() -> None:
    for panel in json.loads(text("services/prometheus/dashboard.json"))["panels"]:
        for target in panel["targets"]:
            answers(panel["title"], target["expr"], of_contenders="{{contender}}" in target["legendFormat"])


def answers(title: str, expression: str, *, of_contenders: bool) -> None:
    wanted = set(NAMES) & LOOPS if "event_loop" in expression else set(NAMES)
    if not of_contenders:
        wanted = {""}

    def complete() -> bool:
        load()
        return wanted <= contenders(expression, ".+")

    until(complete, lambda: (title, expression, wanted - contenders(expression, ".+")))
    if of_contenders:
        two = set(sorted(wanted)[:2])
        got = contenders(expression, "|".join(two))
        assert got == two, f"{title}: of {got}, where {two} are chosen: {expression}"


def load() -> None:
    """A request to each, so that there is a rate."""
    with ThreadPoolExecutor(len(NAMES)) as pool:
        for response in pool.map(lambda name: get(f"/{name}/hello"), NAMES):
            answered(response, 200)


def contenders(expression: str, chosen: str) -> set[str]:
    """Those of which there is a number; a quantile of no requests is none."""
    found = query(expression.replace("$__rate_interval", RATE).replace("$contender", chosen), "contender")
    return {contender for (contender,), value in found.items() if not math.isnan(value)}
