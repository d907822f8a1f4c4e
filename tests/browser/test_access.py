"""For everybody, on every screen: axe finds nothing, nothing overflows, little is loaded, and all of it from here."""

import itertools

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import NARROW, PROJECTOR, WIDE, axe_finds, page_of, picture
from tests.browser.runs import Made
from tests.e2e.lab import answered, get

VIEWS = {
    "lab": "/",
    "race": "/#/race/{race}",
    "load": "/#/load",
    "victim": "/#/victim",
    "runs": "/#/runs",
    "run": "/#/runs/{race}",
    "compare": "/#/compare/{race},{other}",
}
SIZES = {"narrow": NARROW, "wide": WIDE, "projector": PROJECTOR}
KILOBYTE = 1000
LIGHTHOUSE_SHIFT = 0.1  # https://web.dev/articles/cls: what counts as good

# What a view shows when it has all that it asks for.
READY = {
    "lab": ".card .status[data-state=up]",
    "race": ".panel rect.work",
    "load": ".form button.go",
    "victim": ".form button.go",
    "runs": ".run-row",
    "run": ".panel rect.work",
    "compare": ".panel rect.work",
}


def opened(page: Page, view: str, race: Made, other: Made) -> None:
    page.goto(VIEWS[view].format(race=race.id, other=other.id))
    expect(page.locator(READY[view]).first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(browser: Browser, view: str, scheme: str, race: Made, another_race: Made) -> None:
    with page_of(browser, color_scheme=scheme) as page:
        opened(page, view, race, another_race)
        found = axe_finds(page)
        assert not found, f"{view}, {scheme}:\n{found}"


@pytest.mark.parametrize(("view", "size"), list(itertools.product(VIEWS, SIZES)))
def test_nothing_is_wider_than_the_screen(
    browser: Browser, view: str, size: str, race: Made, another_race: Made
) -> None:
    with page_of(browser, SIZES[size]) as page:
        opened(page, view, race, another_race)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        picture(page, f"{view}-{size}")
        assert wider <= 0, f"{view} is {wider} px wider than {SIZES[size][0]} px"


def test_a_first_visit_loads_little(page: Page) -> None:
    sizes = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto("/")
    expect(page.locator(".card").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert sum(sizes) < 300 * KILOBYTE, f"{sum(sizes)} bytes in {len(sizes)} answers"


SHIFTS = """
window.shifts = [];
const seen = new PerformanceObserver(list => window.shifts.push(...list.getEntries()));
seen.observe({type: 'layout-shift', buffered: true});
"""
# Two frames later all of it has been laid out, and measured.
SHIFTED = """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
    done(window.shifts.reduce((sum, each) => sum + each.value, 0)))))"""


@pytest.mark.parametrize(("view", "size"), list(itertools.product(VIEWS, SIZES)))
def test_nothing_jumps_while_a_page_comes_up(
    browser: Browser, view: str, size: str, race: Made, another_race: Made
) -> None:
    with page_of(browser, SIZES[size]) as page:
        page.add_init_script(SHIFTS)
        opened(page, view, race, another_race)
        page.wait_for_load_state("networkidle")
        shift = page.evaluate(SHIFTED)
        assert shift <= LIGHTHOUSE_SHIFT, f"{view}, {size}: {shift:.3f}"


def test_all_of_it_works_by_keyboard(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".card").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("link", name="Race", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Race", exact=True)).to_be_focused()
    page.get_by_label("Requests").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".run")).to_be_visible()


def test_who_wants_stillness_gets_it(browser: Browser, race: Made) -> None:
    with page_of(browser, reduced_motion="reduce") as page:
        page.goto(f"/#/runs/{race.id}")
        expect(page.locator(".panel rect.work").first).to_be_visible()
        moving = page.evaluate("document.getAnimations().filter(each => each.effect.getTiming().duration > 0).length")
        assert moving == 0
        expect(page.get_by_role("button", name="Replay")).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/app.js", "/lib/uplot/uPlot.esm.js", "/catalog.json"])
def test_pages_are_guarded_compressed_and_revalidated(path: str) -> None:
    headers = answered(get(path), 200).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Content-Encoding"] == "gzip"
    assert headers["ETag"]


def test_a_contender_has_one_colour_everywhere(page: Page, race: Made, contender: str) -> None:
    colour = "each => getComputedStyle(each).getPropertyValue('--accent')"
    page.goto("/")
    on_card = page.locator(f".card[data-contender={contender}]").evaluate(colour)
    page.goto(f"/#/race/{race.id}")
    expect(page.locator(".panel rect.work").first).to_be_visible()
    assert page.locator(f".panel[data-contender={contender}]").evaluate(colour) == on_card
    assert page.locator(".choice", has=page.locator(f"[value={contender}]")).evaluate(colour) == on_card
