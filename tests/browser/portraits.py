"""The pictures of the README and of the lessons: real runs, cut to what they show. scripts/screenshots runs it."""

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import page_of, started
from tests.browser.runs import RACE, made
from tests.e2e.lab import DEFAULTS, PATIENCE
from tests.lessons.course import runs

SIZE = (1180, 900)

# A margin around it, without what can only be used on the page. The width changes with it, so that all is drawn anew:
# the observer of that hears of it in the next frame, and draws in the one after.
FRAMED = """async picture => {
    Object.assign(picture.style, { padding: '16px', width: 'calc(100% - 2px)' })
    for (const each of picture.querySelectorAll('.table, .readout, button')) each.hidden = true
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame)
}"""

ORDERS: dict[str, dict[str, Any]] = {
    "race": RACE,
    "load": {
        "experiment": "sweep",
        "params": {"workload": "io", "ms": 100, "points": [1, 4, 16, 64], "seconds": 2, "repeats": 2},
        "contenders": DEFAULTS,
    },
    "victim": {
        "experiment": "victim",
        "params": {"workload": "block", "ms": 300, "background": 4, "seconds": 9},
        "contenders": ["sync", "gevent", "uvicorn"],
    },
}

ORDERS |= {
    f"lesson-{run.name.partition('/')[0]}": run.preset
    for run in runs()
    if run.switches is None and run.is_plain and run.name.endswith("/1")
}


def portray(browser: Browser, folder: Path, name: str, run: str) -> None:
    for scheme in ("light", "dark"):
        with page_of(browser, SIZE, color_scheme=scheme) as page:
            page.goto(f"/#/runs/{run}")
            expect(page.locator(".state")).to_have_text("done")
            page.locator(".picture").evaluate(FRAMED)
            page.locator(".picture").screenshot(path=folder / f"{name}-{scheme}.png")


def main(folder: Path, wanted: str) -> None:
    """Those whose name begins so."""
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = started(playwright)
        for name, order in ((name, order) for name, order in ORDERS.items() if name.startswith(wanted)):
            with made(order) as run:
                portray(browser, folder, name, run.id)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
