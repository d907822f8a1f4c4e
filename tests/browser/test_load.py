"""Curves and timelines: short runs of each experiment, drawn with the rows that the records have."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import recorded
from tests.browser.chromium import modules, picture
from tests.browser.recorded import MOMENT, Recorded, point, probe, summary
from tests.browser.runs import BOTH, RUN_MS, Made, ended
from tests.e2e.lab import ask
from tests.turns import LAB

# A victim run whose contender answers one probe of two during the attack, within half a second, and loses the other.
LOSING = Recorded(
    "victim",
    {"workload": "block", "ms": 300, "background": 4, "seconds": 3},
    [
        *(probe("sync", at / 10, 2, "before") for at in range(10)),
        *(probe("sync", 1 + at / 10, 500 if at % 2 else None, "during") for at in range(10)),
        *(probe("sync", 2 + at / 10, 2, "after") for at in range(10)),
    ],
    [
        ("phase", {"contender": "sync", "phase": "during", "at": MOMENT + 1}),
        ("phase", {"contender": "sync", "phase": "after", "at": MOMENT + 2}),
    ],
)
PHASES = [
    {"phase": "before", "errors": 0, "timeouts": 0, "p50_ms": 2.0, "p99_ms": 2.0, "max_ms": 2.0},
    {"phase": "during", "errors": 5, "timeouts": 5, "p50_ms": 500.0, "p99_ms": 5000.0, "max_ms": 5000.0},
    {"phase": "after", "errors": 0, "timeouts": 0, "p50_ms": 2.0, "p99_ms": 2.0, "max_ms": 2.0},
]

# More than a call in JavaScript takes as its arguments.
CROWD = 150_000
CROWD_IS_DRAWN = """async count => {
  const {timelinePicture} = await import('/charts/timeline.js');
  const {recording} = await import('/core/record.js');
  const rows = Array.from({length: count}, (_, place) => ({
    contender: 'sync', via: 'nginx', phase: 'during', due: place / 1000, received: place / 1000 + 0.002, status: 200,
  }));
  const picture = timelinePicture();
  document.querySelector('main').replaceChildren(picture.element);
  const run = {id: 'r', state: 'done', contenders: ['sync']};
  picture.draw([{record: {...recording(run), rows}, label: ''}]);
  return picture.element.querySelectorAll('canvas').length;
}"""


def opened(page: Page, run: Made) -> None:
    page.goto(f"/#/runs/{run.id}")
    expect(page.locator(".state")).to_have_text("done")


def chart_titles(page: Page) -> list[str]:
    return list(page.locator(".chart").get_by_role("heading").all_inner_texts())


def cells(page: Page, table: str) -> list[list[str]]:
    """Of a folded table, which is opened."""
    page.get_by_text(table).click()
    rows: Locator = page.locator(".picture .table tbody tr")
    expect(rows.first).to_be_visible()
    found: list[list[str]] = rows.evaluate_all("all => all.map(row => [...row.cells].map(cell => cell.textContent))")
    return [[cell.replace("\u00a0", " ") for cell in row] for row in found]


def test_a_sweep_is_drawn_as_curves(page: Page, sweep: Made) -> None:
    opened(page, sweep)
    assert {"Throughput", "Latency p50", "Latency p99"} <= set(chart_titles(page))
    expect(page.locator(".chart canvas")).to_have_count(len(chart_titles(page)))
    expect(page.locator(".picture .sentence")).to_have_text(sweep.summary["sentences"][0])
    expect(page.locator(".verdict")).to_be_visible()
    assert len(cells(page, "Points as a table")) == len(sweep.rows)


def test_a_file_says_where_its_lines_end_and_where_it_is_from(page: Page, sweep: Made) -> None:
    opened(page, sweep)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as SVG").click()
    drawing = ElementTree.parse(download.value.path())
    texts = [text for each in drawing.iter("{http://www.w3.org/2000/svg}text") if (text := "".join(each.itertext()))]
    throughput = texts[texts.index("Throughput (req/s)") : texts.index("Latency p50 (ms)")]
    for name in BOTH:
        assert any(re.fullmatch(rf"{name} [0-9.k]+", text) for text in throughput), throughput
    assert f"run\u00a0{sweep.id}" in texts[-1]


def test_a_rate_is_shown_by_two_clocks(page: Page) -> None:
    rows = [point(name, 30) for name in BOTH]
    naive = {name: rows[0][name] / 2 for name in ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms")}
    notices = [("point", {"contender": name, "point": 30, "repeat": 1, "uncorrected": naive}) for name in BOTH]
    run = Recorded("rate", {"workload": "io", "ms": 20, "rate": 30, "seconds": 2, "repeats": 1}, rows, notices)
    recorded.opened(page, run)
    expect(page.get_by_role("heading", name="Coordinated omission")).to_be_visible()
    assert [f"{name} at 30\u00a0req/s" for name in BOTH] == chart_titles(page)[-2:]
    picture(page, "load-rate")


def test_an_axis_ends_near_its_values(page: Page) -> None:
    modules(page)
    ends = "numbers => import('/charts/scales.js').then(({rangeOf}) => rangeOf(numbers))"
    for values, wanted in (
        ([100, 1500], [50, 2000]),
        ([1.3, 1.4], [1, 2]),
        ([0.4, 30], [0.2, 50]),
        ([7], [5, 10]),
    ):
        assert page.evaluate(ends, values) == pytest.approx(wanted), values


def test_what_is_no_measurement_is_not_drawn(page: Page) -> None:
    modules(page)
    rows = [
        point("sync", 1, requests=999, cpu_pct=-0.2),  # its p99.9 is its slowest; a clock went backwards
        point("sync", 2, requests=1000, cpu_pct=3),
    ]
    record = {"run": {"id": "r", "contenders": ["sync"]}, "rows": rows, "notices": {"points": []}}
    points = """async ([record, column]) => {
      const {seriesOf} = await import('/charts/points.js');
      return seriesOf([{record, label: ''}], column)[0].points.map(({x, y}) => [x, y]);
    }"""
    assert page.evaluate(points, [record, "p999_ms"]) == [[1, None], [2, 60.5]]
    assert page.evaluate(points, [record, "cpu_pct"]) == [[1, None], [2, 3]]


def test_a_point_is_the_median_of_its_repeats(page: Page) -> None:
    """As in the bench's tables: neither the best of them nor the one that came first or last."""
    modules(page)
    points = """async rows => {
      const {seriesOf} = await import('/charts/points.js');
      const record = {run: {id: 'r', contenders: ['sync']}, rows, notices: {points: []}};
      return seriesOf([{record, label: ''}], 'rps')[0].points.map(({low, y, high}) => [low, y, high]);
    }"""
    for repeats, wanted in (
        ([5], [5, 5, 5]),
        ([9, 1], [1, 5, 9]),
        ([9, 100, 20], [9, 20, 100]),
        ([3, 1, 2, 10], [1, 2.5, 10]),
    ):
        rows = [point("sync", 8, repeat=number, rps=rps) for number, rps in enumerate(repeats, 1)]
        got = page.evaluate(points, rows)
        assert got == [wanted], f"lowest, drawn and highest of {repeats}: wanted {wanted}, got {got}"


def test_a_victim_run_is_drawn_as_timelines(page: Page, victim: Made) -> None:
    opened(page, victim)
    assert chart_titles(page) == BOTH
    expect(page.locator(".chart canvas")).to_have_count(2)
    expect(page.locator(".picture .sentence")).to_have_text(victim.summary["sentences"][0])
    expect(page.locator(".verdict")).to_be_visible()
    phases = cells(page, "Before/during/after as a table")
    assert sum(int(probes) for *_, probes, _, _, _, _, _ in phases) == len(victim.rows)


def test_figures_of_probes_are_those_of_the_bench(page: Page) -> None:
    rows = [{"contender": "sync", "via": "nginx", "sent": 10} | phase for phase in PHASES]
    sentence = "The p99 of a probe went from 2.0 ms to 5.00 s on sync."
    recorded.opened(page, replace(LOSING, notices=[*LOSING.notices, summary(sentence, rows=rows)]))
    expect(page.locator(".picture .sentence")).to_have_text(sentence)
    before, during, _ = cells(page, "Before/during/after as a table")
    assert before == ["sync", "via nginx", "before", "10", "0", "0", "2.0 ms", "2.0 ms", "2.0 ms"]
    assert during[2:] == ["during", "10", "5", "5", "500 ms", "5.00 s", "5.00 s"]  # who timed out counts
    picture(page, "victim-losing")


def test_a_victim_run_of_an_earlier_version_has_its_picture(page: Page) -> None:
    recorded.opened(page, LOSING)
    assert chart_titles(page) == ["sync"]
    expect(page.locator(".picture .sentence")).to_be_empty()
    expect(page.get_by_text("Before/during/after as a table")).to_be_hidden()


def test_slow_clients_are_shown_by_both_paths(page: Page) -> None:
    rows = [
        probe("uvicorn", at, 3, phase, via)
        for via in ("nginx", "direct")
        for at, phase in ((0, "before"), (1, "during"))
    ]
    counts = {"connected": 20, "holding": 20, "answered": 0, "dropped": 1, "refused": 0}
    notices = [("slow", {"contender": "uvicorn", "via": via} | counts) for via in ("nginx", "direct")]
    recorded.opened(page, Recorded("slow-clients", {"mode": "headers", "clients": 20, "seconds": 3}, rows, notices))
    assert chart_titles(page) == ["uvicorn via nginx", "uvicorn bypassing nginx"]
    expect(page.locator(".slow tbody tr")).to_have_text(["uvicornvia nginx2020010", "uvicornbypassing nginx2020010"])


def test_any_number_of_probes_is_drawn(page: Page) -> None:
    page.goto("/#/")
    expect(page.locator(".card").first).to_be_visible()
    assert page.evaluate(CROWD_IS_DRAWN, CROWD) == 1


# Chromium warns of getImageData in a loop.
PIXELS = "() => [...document.querySelectorAll('.chart canvas')].map(each => each.toDataURL()).join()"


def test_a_chart_takes_on_the_colours_of_the_page_when_they_change(page: Page) -> None:
    recorded.opened(page, LOSING)
    expect(page.locator(".chart canvas")).to_be_visible()
    light = page.evaluate(PIXELS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => ({PIXELS})() !== light", arg=light, polling=100)  # ms; not in every frame


def test_of_many_probes_only_those_are_drawn_that_can_be_told_apart_and_each_extreme(page: Page) -> None:
    modules(page)
    drawn = """async count => {
      const {visiblePoints} = await import('/charts/probes.js');
      const at = Float64Array.from({length: count}, (_, place) => 10 * place / count);
      const ms = at.map((_, place) => place === 7777 ? 900 : place % 1000 === 0 ? NaN : 2 + place % 3);
      return visiblePoints({at, ms}, {width: 1000, height: 200, x: [0, 10], y: [1, 1000]}).map(({x, y}) => [x, y]);
    }"""
    points = page.evaluate(drawn, CROWD)
    assert len(points) < CROWD / 50, "wanted few of the dots that lie on each other"
    assert [10 * 7777 / CROWD, 900] in points, "wanted the slowest drawn, where it was"
    assert sum(y is None for _, y in points) == CROWD / 1000, "wanted each lost probe that has a column of its own"
    assert [x for x, _ in points] == sorted(x for x, _ in points)


def test_validity_warnings_are_shown_as_the_bench_words_them(page: Page) -> None:
    warning = {"kind": "generator-late", "contender": "sync", "value": 3.2, "bound": 1, "generator": True}
    doubts = [warning | {"text": "Requests left late.", "points": 1, "of": 2}, "2 of 2 points: as earlier versions."]
    noise = {"noisy": False, "spread_pct": 1.0, "bound_pct": 15, "repeats": 2, "generator_limited": True}
    environment = {"cores": 2, "noise": noise | {"doubts": doubts, "advice": ["a quiet machine"]}}
    rows = [point("sync", 1), point("sync", 4)]
    run = Recorded("sweep", {"workload": "io", "points": [1, 4]}, rows, environment=environment)
    recorded.opened(page, run)
    expect(page.locator(".verdict li")).to_have_text(
        ["Requests left late. (1 of 2 measurements)", "2 of 2 points: as earlier versions."]
    )
    expect(page.locator(".verdict")).to_contain_text("Load generator limit reached")
    picture(page, "load-warnings")


@LAB
def test_a_load_run_is_started_from_its_form(page: Page) -> None:
    page.goto("/#/load?experiment=sweep&workload=hello&points=1,4&seconds=0.5&repeats=1&contender=uvicorn")
    expect(page.locator("[name=points]")).to_have_value("1, 4")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".state")).to_have_text("done", timeout=RUN_MS)
    run = ended(page.url.rpartition("/")[2])
    ask("DELETE", f"/starlette/runs/{run.id}")
    assert [(row["contender"], row["point"]) for row in run.rows] == [("uvicorn", 1), ("uvicorn", 4)]
    expect(page.locator(".chart canvas").first).to_be_visible()


def test_another_experiment_keeps_the_chosen_contenders(page: Page) -> None:
    page.goto("/#/load?experiment=sweep&contender=gevent")
    page.locator("[data-experiment=rate]").click()
    expect(page.locator("[name=rate]")).to_have_value("200")
    expect(page.locator("[name=arrivals]")).to_have_value("constant")
    expect(page.get_by_role("checkbox", name="gevent")).to_be_checked()
    expect(page.get_by_role("checkbox", name="sync")).not_to_be_checked()


def test_of_no_response_no_curve_is_drawn(page: Page) -> None:
    nothing = {name: None for name in point("sync", 1) if name.endswith("_ms")}
    rows = [point("sync", at, requests=40, errors=40, rps=0.0, **nothing) for at in (1, 4)]
    recorded.opened(page, Recorded("sweep", {"workload": "io", "ms": 20, "points": [1, 4]}, rows))
    expect(page.get_by_text("Points as a table")).to_be_visible()
    expect(page.locator(".chart")).to_have_count(0)
    expect(page.locator(".legend li")).to_have_count(0)
