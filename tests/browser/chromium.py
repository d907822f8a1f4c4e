"""Debian's Chromium, and a page of it that fails a test for whatever goes wrong beside what the test is about."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, Response

from tests.e2e.lab import URL

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
]

WIDE, NARROW, PROJECTOR = (1280, 800), (360, 740), (1920, 1080)

FAILED_REQUEST = "Failed to load resource"  # what Chromium's console reports of a status above 399, or of no connection
LEFT_BEHIND = "net::ERR_ABORTED"  # a request of a view that the reader has left

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def started(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=EXECUTABLE, args=OPTIONS)


@contextmanager
def page_of(
    browser: Browser, size: tuple[int, int] = WIDE, *, failing_requests: bool = False, **options: Any
) -> Iterator[Page]:
    """A page in a context of its own. It fails the test for any message in the console, failed request or foreign host.

    With `failing_requests`, a request may fail: the test is about an outage, or about a refusal.
    """
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=URL, **options)
    page = context.new_page()
    wrong: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if not (failing_requests and FAILED_REQUEST in message.text):
            wrong.append(f"console: {message.type}: {message.text}")

    def request(sent: Request) -> None:
        if foreign(sent.url):
            wrong.append(f"foreign: {sent.url}")

    def failed(sent: Request) -> None:
        if not failing_requests and sent.failure != LEFT_BEHIND:
            wrong.append(f"failed: {sent.url}: {sent.failure}")

    def response(got: Response) -> None:
        if not failing_requests and got.status >= HTTPStatus.BAD_REQUEST:
            wrong.append(f"{got.status}: {got.url}")

    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("console", console)
    page.on("request", request)
    page.on("requestfailed", failed)
    page.on("response", response)
    try:
        yield page
        assert not wrong, f"{page.url}: " + "\n".join(wrong)
    finally:
        context.close()


def foreign(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("blob", "data") and parts.netloc != urlsplit(URL).netloc


def axe_finds(page: Page, only: list[str] = STANDARDS) -> str:
    """What WCAG 2.2 AA and good practice would have otherwise, a line each; or what one rule would."""
    if not page.evaluate("'axe' in window"):  # half a megabyte, which a document needs once
        page.evaluate(AXE.read_text())  # not as a script of the page, which its policy would refuse
    options = {"runOnly": only, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
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
