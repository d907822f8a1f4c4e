"""The drills that are kept, as a table. They are given: to make them takes minutes, and breaks the lab."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import NARROW, axe_finds, picture

NEEDS = ("records",)

FIRST, SECOND = "2026-11-26T20-00-00Z.json", "2026-11-27T01-40-00Z.json"


def row(fault: str, target: str, lost: int = 0, recovery: float | None = 0.0, others: int = 0) -> dict[str, Any]:
    cost = {"requests": 40, "lost": lost, "others_requests": 200, "others_lost": others}
    return {"fault": fault, "target": target, "recovery_s": recovery, "by_hand": fault == "pause"} | cost


def kept(began: str, *rows: dict[str, Any]) -> dict[str, Any]:
    does = {"restart": "docker compose restart", "pause": "docker compose pause"}
    faults = [{"name": name, "does": does[name], "held": False, "by_hand": name == "pause"} for name in does]
    load = "20 GETs a second to each"
    return {"began": began, "seconds": 30, "load": load, "engine": "26.1.5", "cores": 2, "faults": faults, "rows": rows}


DOCUMENTS = {
    FIRST: kept("2026-11-26T20:00:00Z", row("restart", "sync")),
    SECOND: kept(
        "2026-11-27T01:40:00Z",
        row("pause", "sync", recovery=1.6),
        row("restart", "nginx", lost=34, recovery=0.7),
        row("restart", "sync", lost=8, recovery=0.6, others=3),
        row("pause", "uvicorn"),
        row("restart", "uvicorn", lost=11, recovery=None),
    ),
}


def serve(page: Page, documents: dict[str, Any]) -> None:
    page.route("**/drills/", lambda route: route.fulfill(json=[{"name": name, "type": "file"} for name in documents]))
    page.route("**/drills/*.json", lambda route: route.fulfill(json=documents[route.request.url.rpartition("/")[2]]))


def test_what_each_fault_cost_is_a_table(page: Page) -> None:
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    serve(page, DOCUMENTS)
    page.goto("/#/drills")
    expect(page.locator("thead th")).to_have_text(["fault", "sync", "uvicorn", "nginx", "repair"])
    restart, pause = page.locator("tbody tr").all()
    expect(restart.locator("td")).to_have_text(
        ["✗ 8 of 400.6 sothers 3 of 200", "✗ 11 of 40> 30 s", "✗ 34 of 400.7 s", "automatic"]
    )
    expect(pause.locator("td")).to_have_text(["◐ 0 of 401.6 s", "✓ 0 of 400.0 s", "-", "manual"])
    picture(page, "drills-narrow")
    assert not axe_finds(page)
    page.get_by_label("Drills of").select_option(FIRST)
    expect(page.locator("thead th")).to_have_text(["fault", "sync", "repair"])
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="dark")
    page.goto(f"/#/drills/{SECOND}")
    expect(page.locator("thead th")).to_have_count(5)
    assert not axe_finds(page, only=["color-contrast"])
    picture(page, "drills-dark")


@pytest.mark.failing_requests
def test_drills_that_are_gone_lead_to_the_newest(page: Page) -> None:
    page.goto("/#/drills/2020-01-01T00-00-00Z.json")
    expect(page.get_by_role("alert")).to_contain_text("No such drill report.")
    expect(page.get_by_role("link", name="Latest")).to_be_visible()
