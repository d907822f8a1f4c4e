"""The lessons that need OBSERVE, as their pages start them; and what becomes of a run whose Prometheus is down."""

from typing import Any

import pytest

from tests.e2e.queue import finished
from tests.lessons.course import Run, runs
from tests.lifecycle.engine import container, until_healthy

RUNS = [run for run in runs() if run.observe == "prometheus"]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_what_a_lesson_claims_shows(run: Run) -> None:
    found = finished(run.order)
    (claim,) = (data for kind, data in found["notices"] if kind == "lesson")
    assert claim["holds"], f"{run.name}: {claim['text']}"


def test_a_victim_s_run_has_what_the_contender_reports_of_its_probes() -> None:
    """Blocked, it serves them as fast as ever, once it does."""
    params = {"workload": "block", "ms": 300, "background": 4, "seconds": 9}
    found = finished({"experiment": "victim", "params": params, "contenders": ["uvicorn"]})
    (own,) = (data for kind, data in found["notices"] if kind == "reported")
    (during,) = (row for row in rows_of(found) if row["phase"] == "during")
    assert own["route"] == "/hello"
    assert during["max_ms"] > 3 * own["p99_ms"], f"reported {own}, measured {during}"


def rows_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    (summary,) = (data for kind, data in found["notices"] if kind == "summary")
    rows: list[dict[str, Any]] = summary["rows"]
    return rows


def test_a_run_goes_on_without_prometheus_and_says_so() -> None:
    container("prometheus").stop()
    try:
        params = {"workload": "hello", "rate": 20, "seconds": 1, "repeats": 1}
        found = finished({"experiment": "rate", "params": params, "contenders": ["uvicorn"]})
    finally:
        with until_healthy("prometheus"):
            container("prometheus").start()
    (refused,) = (data for kind, data in found["notices"] if kind == "refused")
    assert refused["text"].startswith("No p99 of the application: Prometheus returned 50"), refused
    assert [row.get("app_p99_ms") for row in found["results"]] == [None], found["results"]
