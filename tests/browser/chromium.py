"""Debian's Chromium, and a page of it that fails a test for whatever goes wrong beside what the test is about."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page, Playwright

from tests.e2e.lab import HOST, URL

EXECUTABLE = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", "/screenshots"))
AXE = Path(os.environ.get("AXE", "/lab/axe-core/axe.min.js"))

OPTIONS = [
    "--no-sandbox",  # its sandbox needs privileges that the container was stripped of
    "--disable-dev-shm-usage",  # the engine gives 64 MiB, which a large page exceeds
    "--disable-gpu",
    "--disable-background-networking",  # nothing may leave the lab, and nothing is waited for
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--renderer-process-limit=1",  # for each context: the pages of one share a process, and what it has compiled
]
NO_OTHER_HOST = f"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE {HOST}"  # a request to one fails, and so is reported

WIDE, NARROW, PROJECTOR = (1280, 800), (360, 740), (1920, 1080)

FAILED_REQUEST = "Failed to load resource"  # what Chromium's console reports of a status above 399, or of no connection

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def started(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=EXECUTABLE, args=[*OPTIONS, NO_OTHER_HOST])


def context_of(browser: Browser, size: tuple[int, int] = WIDE, **options: Any) -> BrowserContext:
    width, height = size
    return browser.new_context(viewport={"width": width, "height": height}, base_url=URL, **options)


def forget_readers(context: BrowserContext) -> None:
    """What they did is not remembered: no cookies, nothing in localStorage. Playwright's own way takes 60 ms."""
    session = context.new_cdp_session(context.pages[0])
    session.send("Storage.clearDataForOrigin", {"origin": URL, "storageTypes": "all"})
    session.detach()


@contextmanager
def page_of(
    browser: Browser, size: tuple[int, int] = WIDE, *, failing_requests: bool = False, **options: Any
) -> Iterator[Page]:
    """A page in a context of its own, which has loaded nothing before."""
    context = context_of(browser, size, **options)
    try:
        with watched(context, failing_requests=failing_requests) as page:
            yield page
    finally:
        context.close()


@contextmanager
def watched(context: BrowserContext, *, failing_requests: bool = False) -> Iterator[Page]:
    """A page that fails the test for any message in the console, failed request or foreign host.

    The console has each request that fails, or is answered by a status above 399, but for what the page itself aborts.
    Playwright's events of requests are a fifth of the CPU time of a page, as each of its modules has several.
    With `failing_requests`, a request to the lab may fail: the test is about an outage, or about a refusal.
    """
    page = context.new_page()
    wrong: list[str] = []

    def console(message: ConsoleMessage) -> None:
        url = message.location["url"]
        if not (failing_requests and FAILED_REQUEST in message.text and not is_foreign(url)):
            wrong.append(f"console: {message.type}: {message.text} ({url})")

    def navigated(frame: Frame) -> None:
        if is_foreign(frame.url):
            wrong.append(f"foreign: {frame.url}")

    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("console", console)
    page.on("framenavigated", navigated)
    try:
        yield page
        assert not wrong, f"{page.url}: " + "\n".join(wrong)
    finally:
        page.close()


def is_foreign(url: str) -> bool:
    """Also Chromium's own page that is shown in place of one that cannot be reached."""
    parts = urlsplit(url)
    return parts.scheme not in ("about", "blob", "data") and parts.netloc != urlsplit(URL).netloc


def axe_finds(page: Page, only: list[str] = STANDARDS) -> str:
    """What WCAG 2.2 AA and good practice would have otherwise, a line each; or what one rule would."""
    if not page.evaluate("'axe' in window"):  # half a megabyte, which a document needs once
        page.evaluate(AXE.read_text())  # not as a script of the page, which its policy would refuse
    options = {"runOnly": only, "resultTypes": ["violations"]}
    found = page.evaluate("async options => (await axe.run(options)).violations", options)
    nodes = ((each["id"], node) for each in found for node in each["nodes"])
    return "\n".join(f"{rule}: {node['target']} {node['failureSummary']}" for rule, node in nodes)


def modules(page: Page) -> None:
    """A document of the lab that loads nothing, for a test of functions that it imports itself."""
    page.goto("/catalog.json")


def picture(page: Page, name: str) -> None:
    """Keeps what the page looks like, for people: with PICTURES, as one takes as long as a page."""
    if os.environ.get("PICTURES"):
        take_picture(page, name)


def take_picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    path.unlink(missing_ok=True)  # perhaps another user's, not writable here
    page.screenshot(path=path, full_page=True)
