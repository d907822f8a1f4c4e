"""A page with hard-coded addresses, in a real browser: it works at its host name alone. scripts/suite says which."""

import os

from playwright.sync_api import expect, sync_playwright

from contender.hosts import host_name
from tests.browser.chromium import EXECUTABLE, OPTIONS
from tests.e2e.lab import HOST, PORT

NAME, PATH, SHOWS = os.environ["OWN_PAGE"].split(" ", 2)
# Chromium has *.localhost for its own machine; nginx is another one here.
RESOLVED = f"--host-resolver-rules=MAP {host_name(NAME)} {HOST}"


def test_a_page_that_cannot_live_below_a_path_works_at_its_host_name() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=[*OPTIONS, RESOLVED])
        page = browser.new_page()
        lost: list[str] = []
        page.on("response", lambda response: lost.append(response.url) if response.status >= 400 else None)
        page.goto(f"http://{host_name(NAME)}:{PORT}{PATH}")
        expect(page.locator("body")).to_contain_text(SHOWS)
        assert lost == [], "wanted a page that works at its host name"
        page.goto(f"http://{HOST}:{PORT}/{NAME}{PATH}")
        assert lost, "wanted a page that does not work below the prefix"
        browser.close()
