"""Decide: a form in plain words, what each number of workers carries, and which of them is recommended."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chromium import NARROW, WIDE, axe_finds
from tests.browser.recorded import Recorded, Row, opened, summary

NEEDS = ("records",)

# As a machine of two cores with a busy neighbour is reported before a run.
UNFIT = {
    "fit": False,
    "text": "The machine is not fit to measure.",
    "findings": [
        {"kind": "foreign-cpu", "text": "Other programs use 57% of all cores (limit 15%).", "disturbs": True},
        {"kind": "shared-cores", "text": "Load generator and contenders share cores.", "disturbs": False},
    ],
}
COMMAND = "gunicorn -k gthread --workers 2 --threads 8 app:app"


def counted(contender: str, workers: int, rate: float, **more: Any) -> Row:
    row: Row = {"contender": contender, "workers": workers, "rate": rate, "failed_rate": rate + 10, "limit": "workers"}
    row |= {
        "p50_ms": 50.0,
        "p99_ms": 180.0,
        "cpu_pct": 30.0,
        "memory_mb": 20.0 * workers,
        "doubted": False,
        "error": None,
    }
    return row | {"predicted_rate": 20.0 * workers, "predicted_p99_ms": 60.0} | more


def advised(contender: str, workers: int | None, **more: Any) -> Row:
    row: Row = {
        "contender": contender,
        "workers": workers,
        "threads": None,
        "kept": True,
        "kept_more": True,
        "rps": 100.0,
    }
    row |= {"p50_ms": 60.0, "p99_ms": 90.0, "more_p99_ms": 120.0, "cpu_pct": 50.0, "memory_mb": 60.0, "doubted": False}
    return row | {"predicted_p99_ms": 80.0, "predicted_varied_p99_ms": 140.0, "error": None} | more


COUNTS = Recorded(
    "workers",
    {"workload": "io", "ms": 50, "counts": [1, 2, 4], "p99_ms": 250, "direct": False},
    [counted("sync", 1, 19), counted("sync", 2, 38), counted("sync", 4, 40), counted("gevent", 1, 300, doubted=True)],
    [
        summary(
            "sync gains nothing after 2 workers, 38 requests a second.",
            rows=[counted("sync", 2, 38, knee=True), counted("gevent", 1, 300, knee=True)],
        )
    ],
)
ADVISED = [
    advised("gthread", 2, threads=8, repeats=3, p99_low_ms=84.0, p99_high_ms=99.0),
    advised("sync", 8, kept_more=False, memory_mb=96.0, cpu_pct=55.0),
    advised("gevent", 2, memory_mb=36.0, p99_ms=224.0),
    advised("uvicorn", None, kept=False, error="no", p99_ms=None, memory_mb=None, cpu_pct=None),
]
ADVICE = Recorded(
    "advise",
    {"workload": "mix", "io_ms": 60, "cpu_ms": 5, "bytes": 0, "rate": 100, "p99_ms": 500, "direct": False},
    ADVISED,
    [
        ("machine", UNFIT),
        ("advice", {"command": COMMAND, "sentences": [], "rests_on": ["It was measured here."], "recommended": None}),
        summary(
            "Take gthread with 2 workers of 8 threads.",
            "uvicorn: no.",
            rows=[row | {"frontier": row["contender"] in ("gthread", "gevent")} for row in ADVISED],
        ),
    ],
)


@pytest.mark.failing_requests
def test_the_form_asks_in_words_of_somebody_who_does_not_know_the_lab(page: Page) -> None:
    sent: list[dict[str, Any]] = []

    def refuse(route: Route) -> None:
        sent.append(route.request.post_data_json)
        errors = [{"detail": "Input should be at most 5000", "pointer": "/params/rate"}]
        problem = {
            "type": "about:blank",
            "title": "Unprocessable Content",
            "status": 422,
            "detail": "1 mistake",
            "errors": errors,
        }
        route.fulfill(status=422, content_type="application/problem+json", body=json.dumps(problem))

    page.goto("/#/decide?experiment=advise")
    kind = page.get_by_label("Your request")
    expect(kind.locator("option")).to_have_text(["I/O wait plus CPU", "database queries", "sent to your application"])
    page.get_by_label("Total I/O wait").fill("60")
    page.get_by_label("CPU time").fill("5")
    page.get_by_label("Peak rate (req/s)").fill("9000")
    page.get_by_label("p99 target").fill("400")
    page.route("**/starlette/runs", refuse)
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#field-rate-error")).to_have_text("Input should be at most 5000")
    wanted = {"workload": "mix", "io_ms": 60, "cpu_ms": 5, "bytes": 0, "rate": 9000, "p99_ms": 400, "direct": False}
    assert sent[0]["params"] == wanted, sent
    kind.select_option("sent to your application")
    expect(page.get_by_label("Path")).to_have_value("/")
    expect(page.get_by_label("Peak rate (req/s)")).to_have_value("9000")


def test_an_image_is_chosen_only_where_the_lab_need_not_set_its_workers(page: Page) -> None:
    up = dict.fromkeys(("sync", "own-sync", "own-image"), "")
    page.route("**/status.json", lambda route: route.fulfill(json=up))
    for address, chosen in (
        ("decide?experiment=workers", ["own-sync"]),
        ("decide?experiment=advise", ["own-sync"]),
        ("load?experiment=rate", ["own-sync", "own-image"]),
    ):
        page.goto("about:blank")  # and not the Lab, which would request the identity of those that are up here alone
        page.goto(f"/#/{address}&workload=request")
        expect(page.locator("[value=own-sync]")).to_be_checked()
        got = page.locator(".choices :checked").evaluate_all("boxes => boxes.map(({value}) => value)")
        assert got == chosen, f"{address}: {got}"


def test_each_number_of_workers_is_drawn_with_theory_and_the_table_has_all_of_it(page: Page) -> None:
    opened(page, COUNTS)
    expect(page.locator(".picture .sentence")).to_have_text("sync gains nothing after 2 workers, 38 requests a second.")
    expect(page.locator(".legend li")).to_have_text(["sync", "gevent", "model", "validity warning"])
    page.get_by_text("Points as a table").click()
    expect(page.locator(".picture tbody tr")).to_have_count(len(COUNTS.rows))
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as SVG").click()
    drawn = re.findall(r"<text[^>]*>([^<]*)</text>", download.value.path().read_text())
    assert drawn.count("knee") == 2, f"wanted the knee of each contender marked, got {drawn}"


def test_a_recommendation_can_be_copied_as_a_command(page: Page) -> None:
    opened(page, ADVICE)
    expect(page.locator(".answer-line code")).to_have_text(COMMAND)
    expect(page.locator(".answer-line").get_by_role("button", name="Copy")).to_be_visible()
    expect(page.locator(".answer-line")).to_have_css("column-gap", re.compile(r"^[1-9]"))  # they do not touch
    expect(page.locator(".picture .sentence").first).to_have_text("Take gthread with 2 workers of 8 threads.")


def test_the_frontier_and_what_disturbed_the_run_are_shown(page: Page) -> None:
    opened(page, ADVICE)
    expect(page.locator(".chart h2")).to_have_text(
        ["p99 against memory", "p99 against cores", "Latency p99", "CPU", "Memory"]
    )
    expect(page.locator(".fitness")).to_have_text(
        "The machine is not fit to measure. Other programs use 57% of all cores (limit 15%)."
        " Load generator and contenders share cores."
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as SVG").click()
    drawn = download.value.path().read_text()
    (line,) = re.findall(r'points="([^"]*)"[^>]*stroke-dasharray="2[^"]*"', drawn)[:1]
    assert len(line.split()) == 2, f"wanted a line through the two on the frontier, got {line}"


def test_both_can_be_used_by_everybody_in_light_and_dark_and_in_a_narrow_window(page: Page) -> None:
    for run in (COUNTS, ADVICE):
        for dark, (width, height) in ((False, WIDE), (True, NARROW)):
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.set_viewport_size({"width": width, "height": height})
            opened(page, run)
            assert not (found := axe_finds(page)), f"{run.experiment}, {width} px, dark: {dark}: {found}"
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"{run.experiment} is wider than a window of {width} px"
