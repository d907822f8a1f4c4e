"""A browser for each of the suite's processes, a fresh page for each test, and real runs that several tests look at.

Two processes: while a page of one waits for a run, the other draws. Whatever queues a run is in the group LAB of one of
them, and so is whatever would show the newest run in its place.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import page_of, started, take_picture
from tests.browser.runs import HELLO, ONE, RACE, SWEEP, VICTIM, Made, made, shared
from tests.e2e.lab import PATIENCE
from tests.stored_runs import forget
from tests.turns import IN_LAB, ByGroup, turn

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
            take_picture(page, "failed-" + re.sub(r"[^\w-]+", "-", request.node.name))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture(autouse=True)
def beside_others(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests share the lab, but for those that take `alone`; a module whose pages show recorded data needs the records
    only (NEEDS). The bench is for one test at a time."""
    with turn(*getattr(request.module, "NEEDS", ("lab", "records")), alone="alone" in request.fixturenames):
        if getattr(request, "param", "") == IN_LAB:
            with turn("bench", alone=True):
                yield
        else:
            yield


@pytest.hookimpl(optionalhook=True)  # of xdist, which is absent where one process runs all
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    return ByGroup(config, log)


@pytest.fixture
def alone() -> None:
    """No other test uses the lab meanwhile: a part of it is stopped."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
        forget()


@pytest.fixture(scope="session")
def race() -> Made:
    """A race of all contenders that is done."""
    return shared(RACE)


@pytest.fixture(scope="session")
def hello_race() -> Made:
    """Another, of answers that are no JSON."""
    return shared(HELLO)


@pytest.fixture(scope="session")
def sweep() -> Made:
    return shared(SWEEP)


@pytest.fixture(scope="session")
def victim() -> Made:
    return shared(VICTIM)


@pytest.fixture(scope="session")
def own_run() -> Iterator[Made]:
    """For tests that change it, which are a group."""
    with ExitStack() as kept:
        with turn("bench", alone=True):
            run = kept.enter_context(made(ONE))
        yield run
