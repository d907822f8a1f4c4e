"""Curves and timelines: short runs of each experiment, drawn with the rows that the REST service has."""

import re
from typing import Any
from xml.etree import ElementTree

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
        assert {"Throughput", "Latency p50", "Latency p99"} <= set(chart_titles(page))
        expect(page.locator(".chart canvas")).to_have_count(len(chart_titles(page)))
        expect(page.locator(".picture .sentence")).to_contain_text("requests a second with")
        expect(page.locator(".verdict")).to_be_visible()
        page.get_by_text("The points as a table").click()
        expect(page.locator(".picture .table tbody tr")).to_have_count(len(run.rows))
        assert not axe_finds(page)
        picture(page, "load-sweep")


def test_an_axis_ends_near_its_values(page: Page) -> None:
    page.goto("/#/")
    ends = "numbers => import('/charts/scales.js').then(({around}) => around(numbers))"
    for values, wanted in (
        ([100, 1500], [50, 2000]),
        ([1.3, 1.4], [1, 2]),
        ([0.4, 30], [0.2, 50]),
        ([7], [5, 10]),
    ):
        assert page.evaluate(ends, values) == pytest.approx(wanted), values


def test_what_is_no_measurement_is_not_drawn(page: Page) -> None:
    page.goto("/#/")
    row = {"contender": "sync", "repeat": 1, "errors": 0, "timeouts": 0, "p999_ms": 9, "cpu_pct": 3}
    rows = [
        row | {"point": 1, "requests": 999, "cpu_pct": -0.2},  # its p99.9 is its slowest; a clock went backwards
        row | {"point": 2, "requests": 1000},
    ]
    record = {"run": {"id": "r", "contenders": ["sync"]}, "rows": rows, "notices": {}}
    points = """async ([record, column]) => {
      const {seriesOf} = await import('/charts/points.js');
      return seriesOf([{record, label: ''}], column)[0].points.map(({x, y}) => [x, y]);
    }"""
    assert page.evaluate(points, [record, "p999_ms"]) == [[1, None], [2, 9]]
    assert page.evaluate(points, [record, "cpu_pct"]) == [[1, None], [2, 3]]


def exported(page: Page) -> list[str]:
    """The texts of the picture as an SVG file."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as SVG").click()
    drawing = ElementTree.parse(download.value.path())
    return [text for each in drawing.iter("{http://www.w3.org/2000/svg}text") if (text := "".join(each.itertext()))]


def test_a_file_says_where_its_lines_end_and_where_it_is_from(page: Page) -> None:
    with made(SWEEP) as run:
        opened(page, run)
        texts = exported(page)
        throughput = texts[texts.index("Throughput (requests a second)") :]
        throughput = throughput[: throughput.index("Latency p50 (milliseconds)")]
        for name in BOTH:
            assert any(re.fullmatch(rf"{name} [0-9.k]+", text) for text in throughput), throughput
        assert f"run\u00a0{run.id}" in texts[-1]


def test_a_rate_is_told_by_two_clocks(page: Page) -> None:
    with made(RATE) as run:
        opened(page, run)
        expect(page.get_by_role("heading", name="The same requests by two clocks")).to_be_visible()
        assert [f"{name} at 30 a second" for name in BOTH] == chart_titles(page)[-2:]
        expect(page.locator(".picture .sentence")).to_contain_text("At 30 requests a second, 99 % of")
        assert not axe_finds(page)
        picture(page, "load-rate")


@pytest.mark.parametrize(
    ("order", "charts"), [(VICTIM, BOTH), (SLOW, ["uvicorn through nginx", "uvicorn straight at it"])]
)
def test_an_attack_is_drawn_as_timelines(page: Page, order: dict[str, Any], charts: list[str]) -> None:
    with made(order) as run:
        opened(page, run)
        assert chart_titles(page) == charts
        expect(page.locator(".picture .sentence")).not_to_be_empty()
        page.get_by_text("Before, during and after as a table").click()
        rows = page.locator(".picture .table tbody tr")
        expect(rows).to_have_count(3 * len(charts))
        probes = rows.evaluate_all("all => all.map(row => Number(row.cells[3].textContent))")
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
