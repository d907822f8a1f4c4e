"""Curves and timelines: short runs of each experiment, drawn with the rows that the REST service has."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import axe_finds, picture
from tests.browser.runs import Made, ended, made
from tests.e2e.lab import ask

BOTH = ["sync", "uvicorn"]

SWEEP: dict[str, Any] = {
    "experiment": "sweep",
    "params": {"workload": "io", "ms": 20, "points": [1, 4, 16], "seconds": 0.5, "repeats": 2},
    "contenders": BOTH,
}
RATE: dict[str, Any] = {
    "experiment": "rate",
    "params": {"workload": "io", "ms": 100, "rate": 30, "seconds": 1, "repeats": 1},
    "contenders": BOTH,
}
VICTIM: dict[str, Any] = {
    "experiment": "victim",
    "params": {"workload": "block", "ms": 100, "background": 4, "seconds": 3},
    "contenders": BOTH,
}
SLOW: dict[str, Any] = {
    "experiment": "slow-clients",
    "params": {"mode": "headers", "clients": 20, "seconds": 3},
    "contenders": ["uvicorn"],
}


def opened(page: Page, run: Made) -> None:
    page.goto(f"/#/runs/{run.id}")
    expect(page.locator(".state")).to_have_text("done")


def chart_titles(page: Page) -> list[str]:
    return list(page.locator(".chart").get_by_role("heading").all_inner_texts())


def test_a_sweep_is_drawn_as_curves(page: Page) -> None:
    with made(SWEEP) as run:
        opened(page, run)
        assert {"Throughput", "Latency p50", "Latency p99", "Latency p99.9"} <= set(chart_titles(page))
        expect(page.locator(".chart canvas")).to_have_count(len(chart_titles(page)))
        expect(page.locator(".sentence")).to_contain_text("requests a second with")
        expect(page.locator(".verdict")).to_be_visible()
        page.get_by_text("The points as a table").click()
        expect(page.locator(".table tbody tr")).to_have_count(len(run.rows))
        assert not axe_finds(page)
        picture(page, "load-sweep")


def test_a_rate_is_told_by_two_clocks(page: Page) -> None:
    with made(RATE) as run:
        opened(page, run)
        expect(page.get_by_role("heading", name="The same requests by two clocks")).to_be_visible()
        assert [f"{name} at 30 a second" for name in BOTH] == chart_titles(page)[-2:]
        expect(page.locator(".sentence")).to_contain_text("At 30 requests a second, 99 % of")
        assert not axe_finds(page)
        picture(page, "load-rate")


@pytest.mark.parametrize(
    ("order", "charts"), [(VICTIM, BOTH), (SLOW, ["uvicorn through nginx", "uvicorn straight at it"])]
)
def test_an_attack_is_drawn_as_timelines(page: Page, order: dict[str, Any], charts: list[str]) -> None:
    with made(order) as run:
        opened(page, run)
        assert chart_titles(page) == charts
        expect(page.locator(".sentence")).not_to_be_empty()
        page.get_by_text("Before, during and after as a table").click()
        expect(page.locator(".table tbody tr")).to_have_count(3 * len(charts))
        probes = page.locator(".table tbody tr").evaluate_all("all => all.map(row => Number(row.cells[3].textContent))")
        assert sum(probes) == len(run.rows)
        assert not axe_finds(page)
        picture(page, order["experiment"])


def test_a_load_run_is_started_from_its_form(page: Page) -> None:
    page.goto("/#/load?experiment=sweep&workload=hello&points=1,4&seconds=0.5&repeats=1&contender=uvicorn")
    expect(page.get_by_label("Requests in flight")).to_have_value("1, 4")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".state")).to_have_text("done")
    run = ended(page.url.rpartition("/")[2])
    ask("DELETE", f"/starlette/runs/{run.id}")
    assert [(row["contender"], row["point"]) for row in run.rows] == [("uvicorn", 1), ("uvicorn", 4)]
    expect(page.locator(".chart canvas").first).to_be_visible()


def test_an_experiment_is_chosen_by_its_title(page: Page) -> None:
    page.goto("/#/load")
    page.get_by_role("button", name="Fixed rate").click()
    expect(page.get_by_label("Requests a second")).to_have_value("200")
    expect(page.get_by_label("Arrivals")).to_have_value("constant")
