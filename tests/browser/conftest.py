"""A browser for each of the suite's processes, a page for each test, and real runs that several tests look at.

Two processes: while a page of one waits for a run, the other draws. Whatever queues a run is in the group LAB of one of
them, and so is whatever would show the newest run in its place.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.chromium import context_of, forget_readers, page_of, started, take_picture, watched
from tests.browser.runs import HELLO, ONE, RACE, SWEEP, VICTIM, Made, made, shared
from tests.e2e.lab import PATIENCE
from tests.stored_runs import forget
from tests.turns import IN_LAB, ByGroup, turn

expect.set_options(timeout=PATIENCE * 1000)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "failing_requests: requests of the page may fail, as the test is about that")
    config.addinivalue_line("markers", "fresh: the page is in a context of its own, for a first visit or a clock")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = started(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Of all tests that set nothing on it: what one has loaded, the next finds in the cache. Its first page stays open,
    and with it the process of all of them, which has compiled the code.
    """
    context = context_of(browser)
    context.new_page()
    yield context
    context.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    failing = request.node.get_closest_marker("failing_requests") is not None
    if request.node.get_closest_marker("fresh"):
        with page_of(browser, failing_requests=failing) as page, pictured(page, request.node):
            yield page
    else:
        context = request.getfixturevalue("context")
        forget_readers(context)
        with watched(context, failing_requests=failing) as page, pictured(page, request.node):
            yield page
        assert not context.pages[0].evaluate("'__pwClock' in window"), "a clock is of all pages: mark the test `fresh`"


@contextmanager
def pictured(page: Page, test: pytest.Item) -> Iterator[None]:
    """Keeps what the page looks like when the test has failed."""
    yield
    if getattr(test, "failed", False):
        take_picture(page, "failed-" + re.sub(r"[^\w-]+", "-", test.name))


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at a run that is made for several comes last: the bench is busy with the group LAB meanwhile."""
    runs = {"race", "hello_race", "sweep", "victim"}
    items.sort(key=lambda item: not runs.isdisjoint(item.fixturenames))  # type: ignore[attr-defined]


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
