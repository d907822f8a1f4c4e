"""An experiment is added to the page by one module, too: its form, its example, its picture."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.recorded import Recorded, opened, summary
from tests.e2e.lab import get

NEEDS = ("records",)

MODULE = """
export const EXPERIMENT = {
  view: 'victim',
  presets: [['Nine coins', { coins: 9 }]],
  picture: async () => {
    const element = document.createElement('figure');
    const draw = ([{ record }]) => (element.textContent = record.rows.map((row) => `${row.heads} heads`).join());
    return { element, draw, blocks: () => [] };
  },
};
"""
TOSSED = Recorded("toy", {"workload": "io"}, [{"contender": "sync", "heads": 2}], [summary("sync: 2.", rows=[])])


def add_to_records(page: Page) -> None:
    """Of an experiment that the lab has not, they would have this."""
    items = get("/starlette/experiments").json()["items"]
    toy = items[0] | {"name": "toy", "title": "Toy", "description": "Tosses coins."}
    page.route("**/starlette/experiments", lambda route: route.fulfill(json={"items": [*items, toy]}))


def test_a_toy_is_wherever_experiments_are(page: Page) -> None:
    page.route("**/experiments/toy.js", lambda route: route.fulfill(content_type="text/javascript", body=MODULE))
    add_to_records(page)
    opened(page, TOSSED)
    expect(page.locator(".picture, .place figure")).to_have_text("2 heads")
    page.goto("/#/victim?experiment=toy")
    expect(page.get_by_role("button", name="Toy", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("link", name="Nine coins")).to_have_attribute("href", "#/victim?experiment=toy&coins=9")


@pytest.mark.failing_requests  # its module
def test_one_that_the_page_has_no_module_for_is_shown_by_its_rows(page: Page) -> None:
    add_to_records(page)
    opened(page, TOSSED)
    expect(page.locator(".picture .sentence")).to_have_text("sync: 2.")
    page.get_by_text("Results as a table").click()
    expect(page.locator(".picture tbody")).to_have_text("sync2")
    page.goto("/#/load?experiment=toy")
    expect(page.get_by_role("button", name="Toy", exact=True)).to_have_attribute("aria-pressed", "true")
