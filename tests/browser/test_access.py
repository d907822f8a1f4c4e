"""For every user, on every screen: axe finds nothing, nothing overflows or jumps, and little is loaded."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import NARROW, PROJECTOR, WIDE, axe_finds, page_of, picture
from tests.browser.runs import Made
from tests.e2e.lab import DEFAULTS, NAMES, answered, get
from tests.turns import LAB

# Each view's address, and what it shows when it has all that it requests.
VIEWS = {
    "lab": ("/", ".card .status[data-state=up]"),
    "ab": ("/#/ab", ".launcher form"),
    "profile": ("/#/profile", ".launcher form"),
    "protocols": ("/#/protocols", ".launcher form"),
    "observe": ("/#/observe", ".empty code"),  # the suite has no Prometheus: how to start it
    "drills": ("/#/drills", ".drills :is(code, table)"),  # the suite keeps none: how to start them
    "not-found": ("/#/nothing", ".notice"),
}
VIEWS_OF_RUNS = {
    "race": ("/#/race/{race}", ".panel rect.work"),
    "load": ("/#/load/{sweep}", ".chart canvas"),
    "victim": ("/#/victim/{victim}", ".chart canvas"),
    "runs": ("/#/runs", ".run-row"),
    "run": ("/#/runs/{race}", ".panel rect.work"),
    "compare": ("/#/compare/{race},{hello}", ".panel rect.work"),
}
KILOBYTE = 1000
LIGHTHOUSE_SHIFT = 0.1  # https://web.dev/articles/cls: what counts as good

SHIFTS = """
window.shifts = [];
const seen = new PerformanceObserver(list => window.shifts.push(...list.getEntries()));
seen.observe({type: 'layout-shift', buffered: true});
"""
# Two frames later all of it has been laid out, and measured.
SHIFTED = """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
    done(window.shifts.reduce((sum, each) => sum + each.value, 0)))))"""
OVERFLOW = """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
    done(document.documentElement.scrollWidth - document.documentElement.clientWidth))))"""


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_for_everybody(browser: Browser, view: str) -> None:
    is_for_everybody(browser, view, *VIEWS[view])


@LAB  # its process makes the runs, while the other one is busy with tests that need none
@pytest.mark.parametrize("view", VIEWS_OF_RUNS)
def test_a_view_of_runs_is_for_everybody(
    browser: Browser, view: str, race: Made, hello_race: Made, sweep: Made, victim: Made
) -> None:
    address, ready = VIEWS_OF_RUNS[view]
    address = address.format(race=race.id, hello=hello_race.id, sweep=sweep.id, victim=victim.id)
    is_for_everybody(browser, view, address, ready)


def is_for_everybody(browser: Browser, view: str, address: str, ready: str) -> None:
    wrong = []
    with page_of(browser, NARROW) as page:
        page.add_init_script(SHIFTS)
        for name, (width, height) in {"narrow": NARROW, "wide": WIDE}.items():
            page.set_viewport_size({"width": width, "height": height})
            page.goto("about:blank")
            page.goto(address)
            expect(page.locator(ready).first).to_be_visible()
            page.wait_for_load_state("networkidle")
            if (shift := page.evaluate(SHIFTED)) > LIGHTHOUSE_SHIFT:
                wrong.append(f"{name}: what is there shifts by {shift:.3f} while the rest comes up")
            wrong += overflow(page, view, name)
        wrong += [f"light: {found}" for found in axe_finds(page).splitlines()]
        page.emulate_media(color_scheme="dark")
        wrong += [f"dark: {found}" for found in axe_finds(page, only=["color-contrast"]).splitlines()]
        page.set_viewport_size({"width": PROJECTOR[0], "height": PROJECTOR[1]})
        wrong += overflow(page, view, "projector-dark")
    assert not wrong, f"{view}:\n" + "\n".join(wrong)


def overflow(page: Page, view: str, name: str) -> list[str]:
    wider = page.evaluate(OVERFLOW)
    picture(page, f"{view}-{name}")
    return [f"{name}: {wider} px wider than the screen"] if wider > 0 else []


@pytest.mark.fresh
def test_a_first_visit_loads_little(page: Page) -> None:
    sizes = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto("/")
    expect(page.locator(".card").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert sum(sizes) < 300 * KILOBYTE, f"{sum(sizes)} bytes in {len(sizes)} answers"


@pytest.mark.failing_requests
@LAB
def test_all_of_it_works_by_keyboard(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".card").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("link", name="Race", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Race", exact=True)).to_be_focused()
    page.locator("[name=requests]").fill("501")  # refused, and so the queue stays empty
    page.keyboard.press("Enter")
    expect(page.locator("[name=requests]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=requests]")).to_be_focused()


def test_who_wants_stillness_gets_it(browser: Browser, race: Made) -> None:
    with page_of(browser, reduced_motion="reduce") as page:
        page.goto(f"/#/runs/{race.id}")
        expect(page.locator(".panel rect.work").first).to_be_visible()
        moving = page.evaluate("document.getAnimations().filter(each => each.effect.getTiming().duration > 0).length")
        assert moving == 0
        expect(page.get_by_role("button", name="Replay")).to_be_hidden()


def test_pages_are_guarded_compressed_and_revalidated() -> None:
    for path in ("/", "/app.js", "/lib/uplot/uPlot.esm.js", "/catalog.json"):
        headers = answered(get(path), 200).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert headers["Cache-Control"] == "no-cache", path
        assert headers["Content-Encoding"] == "gzip", path
        assert headers["ETag"], path


def test_a_contender_has_one_colour_everywhere(page: Page, race: Made) -> None:
    colour = "each => getComputedStyle(each).getPropertyValue('--accent')"
    page.goto("/")
    on_cards = {name: page.locator(f".card[data-contender={name}]").evaluate(colour) for name in NAMES}
    assert len(set(on_cards.values())) == len(NAMES)
    page.goto(f"/#/race/{race.id}")
    expect(page.locator(".panel rect.work").first).to_be_visible()
    for name in DEFAULTS:
        assert page.locator(f".panel[data-contender={name}]").evaluate(colour) == on_cards[name], name
        assert page.locator(".choice", has=page.locator(f"[value={name}]")).evaluate(colour) == on_cards[name], name
