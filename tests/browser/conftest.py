"""One browser for the suite, a fresh page for each test, and real runs, measured once, that several tests look at."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import page_of, picture, started
from tests.browser.runs import HELLO, RACE, SWEEP, VICTIM, Made, made
from tests.e2e.lab import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "failing_requests: requests of the page may fail, as the test is about that")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = started(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    with page_of(browser, failing_requests=request.node.get_closest_marker("failing_requests") is not None) as page:
        yield page
        if getattr(request.node, "failed", False):
            picture(page, "failed-" + re.sub(r"[^\w-]+", "-", request.node.name))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="session")
def race() -> Iterator[Made]:
    """A race of all contenders that is done."""
    with made(RACE) as run:
        yield run


@pytest.fixture(scope="session")
def hello_race() -> Iterator[Made]:
    """Another, of answers that are no JSON."""
    with made(HELLO) as run:
        yield run


@pytest.fixture(scope="session")
def sweep() -> Iterator[Made]:
    with made(SWEEP) as run:
        yield run


@pytest.fixture(scope="session")
def victim() -> Iterator[Made]:
    with made(VICTIM) as run:
        yield run
