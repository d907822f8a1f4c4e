"""Learn: two lessons from prediction to explanation, the course with its progress, and what a projector needs."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chromium import NARROW, WIDE, axe_finds
from tests.e2e.lab import ask
from tests.turns import LAB

# Where the blocks of a lesson end.
RIGHT_EDGES = """[...new Set([...document.querySelectorAll('.lesson > :is(p, ul, pre), .lesson .predictions')]
    .filter(each => each.getClientRects().length).map(each => Math.round(each.getBoundingClientRect().right)))]"""
RUN_MS = 30_000  # a run of a few seconds, and the queue before it


def gone(page: Page) -> None:
    """The run of this lesson is deleted."""
    for run in page.locator(".lesson .run").all():
        ask("DELETE", f"/starlette/runs/{run.get_attribute('data-run')}")


@LAB
@pytest.mark.parametrize("name", ["one-request", "http-versions"])
def test_a_lesson_goes_from_prediction_to_explanation(page: Page, name: str) -> None:
    page.goto(f"/#/learn/{name}")
    page.get_by_role("radio").nth(1).check()
    expect(page.locator(".predictions [role=status]")).to_have_text(re.compile("Saved in this browser"))
    expect(page.locator(".explanation")).to_be_hidden()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".feedback .sentence")).to_be_visible(timeout=RUN_MS)
    try:
        expect(page.locator(".feedback")).to_contain_text(re.compile(r"\d\sms|\d\ss"))
        expect(page.locator(".lesson .run .picture")).to_be_visible()
        expect(page.locator(".explanation h2")).to_have_text(["Why", "In your own service", "Go on"])
        expect(page.locator(".explanation")).to_be_visible()
        expect(page.locator(".lesson > .verdict")).to_have_text("✓ You predicted it.")
        page.get_by_role("radio").nth(0).check()
        expect(page.locator(".lesson > .verdict")).to_contain_text("✗ You predicted otherwise. It is: ")
        page.get_by_role("radio").nth(1).check()
        page.reload()
        expect(page.get_by_role("radio").nth(1)).to_be_checked()
        page.goto("/#/learn")
        expect(page.locator("[data-lesson]").first).to_be_visible()
        expect(page.locator(".lead").first).to_contain_text(f"{page.locator('[data-lesson]').count()} lessons, ")
        expect(page.locator(f"[data-lesson={name}] .question")).to_have_text(re.compile(r"\?$"))
        expect(page.locator(f"[data-lesson={name}]")).to_contain_text("done")
        page.get_by_role("button", name="Reset progress").click()
        expect(page.locator(f"[data-lesson={name}]")).not_to_contain_text("done")
    finally:
        gone(page)


def test_a_lesson_whose_contender_is_away_says_how_to_start_it_and_goes_on(page: Page) -> None:
    away = True

    def health(route: Route) -> None:
        route.fulfill(json={"starlette": "", "uvicorn": "", "gthread": "502" if away else ""})

    page.route("**/status.json", health)
    page.goto("/#/learn/threads")
    missing = page.locator(".lesson-run .command", has_text="is not running")
    expect(missing).to_contain_text("COMPOSE_PROFILES=more scripts/up")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    away = False
    expect(missing).to_be_hidden()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()


def test_a_lesson_on_a_profile_shows_the_run_that_its_command_has_made(page: Page) -> None:
    tag = "lesson:where-the-microseconds-go/1"
    page.route("**/starlette/runs?*", lambda route: route.fulfill(json={"items": [], "next": None}))
    page.goto("/#/learn/where-the-microseconds-go")
    expect(page.locator(".lesson-run .command code")).to_contain_text(f"--python-only --tag {tag}")
    with page.expect_request(lambda sent: f"tag={tag.replace(':', '%3A').replace('/', '%2F')}" in sent.url):
        page.get_by_role("button", name="Show the newest run").click()
    expect(page.locator(".lesson-run .error")).to_have_text(re.compile("There is no such run yet"))


def test_a_lesson_about_a_setting_waits_for_it_to_be_set_and_to_be_mended(page: Page) -> None:
    """As the contender tells it: that setting it does so is tests/lifecycle's."""
    switches = {"KEEPALIVE_SECONDS": "1"}

    def usage(route: Route) -> None:
        route.fulfill(json={"switches": switches})

    page.route("**/uvicorn/usage", usage)
    page.goto("/#/learn/keep-alive-race")
    bad, good = (page.locator(f'[data-run-of="keep-alive-race/{number}"]') for number in (1, 2))
    expect(bad.locator(".go")).to_be_enabled()
    expect(good.locator(".go")).to_be_disabled()
    expect(good.locator(".command").first).to_contain_text("docker compose up -d --wait uvicorn")
    switches.clear()
    expect(good.locator(".go")).to_be_enabled()
    expect(bad.locator(".go")).to_be_disabled()
    expect(bad.locator(".command").first).to_contain_text("KEEPALIVE_SECONDS=1 docker compose up -d --wait uvicorn")


def test_a_lesson_s_run_can_be_changed_in_a_form(page: Page) -> None:
    page.goto("/#/learn/event-loop")
    page.get_by_role("link", name="Edit parameters").click()
    expect(page.locator("#field-requests")).to_have_value("100")
    expect(page.locator(".choice :checked")).to_have_count(2)


def test_a_teacher_decides_when_the_explanation_is_seen(page: Page) -> None:
    page.goto("/#/learn/computing")
    before = page.locator(".lesson > p").nth(1).evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    page.get_by_label("Present").check()
    after = page.locator(".lesson > p").nth(1).evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    assert after > 1.2 * before, f"{before} px, and {after} px to teach"
    page.get_by_role("button", name="Show the explanation").click()
    expect(page.locator(".explanation")).to_be_visible()


def test_every_lesson_can_be_read_by_everybody(page: Page) -> None:
    page.goto("/#/learn")
    expect(page.locator("[data-lesson]").first).to_be_visible()
    names = page.locator("[data-lesson]").evaluate_all("all => all.map(({dataset}) => dataset.lesson)")
    assert len(names) >= 13, names
    for place, name in enumerate(["", *names]):
        dark, (width, height) = place % 2 == 1, NARROW if place % 2 else WIDE
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"/#/learn/{name}")
        expect(page.locator(".lesson h1" if name else ".lessons li").first).to_be_visible()
        if name:
            page.get_by_role("button", name="Show the explanation").click()
        if place <= 1:  # which every page has, and axe reads all of what is open
            page.get_by_text("Terms", exact=True).click()
            expect(page.locator(".terms tbody tr").first).to_be_visible()
        assert not (found := axe_finds(page)), f"{name}, {width} px, dark: {dark}: {found}"
        ends = page.evaluate(RIGHT_EDGES)
        assert len(ends) <= 1, f"{name}: text, choices and code end at {ends} px"
        commands = page.locator(".lesson-run .command code").all_inner_texts()
        assert not [each for each in commands if "docker compose run" in each], f"{name}: {commands}"
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{name} is wider than a window of {width} px"
