"""services/own/examples/flask in a real browser: a page with hard-coded addresses works at the host name alone."""

from playwright.sync_api import expect, sync_playwright

from contender.hosts import host_name
from tests.browser.chromium import EXECUTABLE, OPTIONS
from tests.e2e.lab import HOST, PORT

NAME = "own-sync"
# Chromium has *.localhost for its own machine; nginx is another one here.
RESOLVED = f"--host-resolver-rules=MAP {host_name(NAME)} {HOST}"


def test_a_page_that_cannot_live_below_a_path_loads_its_scripts_at_its_host_name() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=[*OPTIONS, RESOLVED])
        page = browser.new_page()
        page.goto(f"http://{host_name(NAME)}:{PORT}/page")
        expect(page.locator("output")).to_contain_text("at most 3 notes")
        lost: list[str] = []
        page.on("response", lambda response: lost.append(response.url) if response.status == 404 else None)
        page.goto(f"http://{HOST}:{PORT}/{NAME}/page")
        assert lost == [f"http://{HOST}:{PORT}/static/newest.js"], "wanted a page that does not work below the prefix"
        browser.close()
