"""A profile: bars by category, the flame graph with search, zoom and keys, files, and the next one's command."""

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.chromium import NARROW, axe_finds
from tests.browser.recorded import Notice, Recorded, opened, summary

NEEDS = ("lab", "records")

FRAMES = [
    ["run", "uvicorn/server.py", 68, "server"],
    ["app", "contender/asgi_contract.py", 90, "lab"],
    ["mix", "asgi/workloads.py", 31, "application"],
    ["burn", "contender/workload.py", 139, "application"],
    ["dumps", "json/__init__.py", 231, "serialization"],
    ["send", "libc.so.6", 0, "kernel"],
]
STACKS = [[600.0, 0, 1, 2, 3], [200.0, 0, 1, 2, 4], [150.0, 0, 5], [50.0, 0]]
US = {"application": 3000, "serialization": 1000, "server": 250, "kernel": 750}


def stacks(contender: str, us: float) -> Notice:
    waiting = [{"tasks": 4, "stack": ["mix (/lab/asgi/workloads.py:31)"], "awaited_by": None}]
    spent = [[us * stack[0], *stack[1:]] for stack in STACKS]
    found = {"contender": contender, "samples": 1000, "dropped_us": 0, "frames": FRAMES, "stacks": spent}
    slept = [{"function": "mix (asgi/workloads.py)", "us": 20_000}]
    return "stacks", found | {"functions": [], "slept": slept, "busy": [0.5, 1.0], "waiting": waiting}


def line(contender: str, factor: float = 1) -> dict[str, object]:
    figures = {f"{name}_us": us * factor for name, us in US.items()}
    whole = {"sampled_us": 5000 * factor, "sampled_low_us": 4900 * factor, "sampled_high_us": 5100 * factor}
    return {"contender": contender, "cpu_us": 5050 * factor} | figures | whole


PROFILE = Recorded(
    "profile",
    {"workload": "mix", "cpu_ms": 3, "rate": 50, "direct": False},
    [{"contender": name, "repeat": 1, "samples": 1000} for name in ("uvicorn", "starlette")],
    [
        stacks("uvicorn", 5),
        stacks("starlette", 6),
        summary("uvicorn spends 5,000 µs of CPU time per request.", rows=[line("uvicorn"), line("starlette", 1.2)]),
    ],
)


def test_a_flame_graph_is_searched_zoomed_and_walked_by_keys(page: Page) -> None:
    opened(page, PROFILE)
    calls, about = page.locator(".flames .call"), page.locator(".flame .evidence")
    expect(calls).to_have_count(7)
    expect(page.locator(".bars g.cat-application")).to_have_count(2)
    page.get_by_label("Search functions").fill("workload")
    expect(page.locator(".flames .found")).to_have_count(2)
    expect(page.locator(".flame .bar output")).to_have_text("2 found, 4000 µs (80 %)")
    page.get_by_label("Search functions").fill("")
    page.get_by_role("button", name=re.compile("^run")).focus()
    expect(about).to_contain_text("run (uvicorn/server.py): 5000 µs per request (100 %), of it 250 µs itself")
    for key, name in (
        ("ArrowDown", "app"),
        ("ArrowRight", "send"),
        ("ArrowLeft", "app"),
        ("ArrowDown", "mix"),
        ("ArrowDown", "burn"),
    ):
        page.keyboard.press(key)
        expect(about).to_contain_text(re.compile(rf"^{name} "))
    expect(about).to_contain_text("lines 139 (3000 µs)")
    page.keyboard.press("Enter")
    expect(calls).to_have_count(5), "of burn, and its four callers"
    page.keyboard.press("Escape")
    expect(calls).to_have_count(7)
    expect(page.locator(".flames [tabindex='0']")).to_have_count(1)


def test_two_profiles_are_compared_and_exported(page: Page) -> None:
    opened(page, PROFILE)
    page.get_by_role("button", name="starlette").click()
    page.get_by_label("Compared with").select_option("uvicorn")
    expect(page.locator(".flames .call.more")).to_have_count(7)
    page.get_by_label("Compared with").select_option("none")
    for name, wanted in (
        ("Collapsed", b"burn (contender/workload.py:139) 3600000\n"),
        ("Speedscope", b'"unit":"microseconds"'),
    ):
        with page.expect_download() as file:
            page.get_by_role("button", name=f"Export stacks as {name}").click()
        content = file.value.path().read_bytes()
        assert wanted in content, content
    scope = json.loads(content)
    assert [profile["name"] for profile in scope["profiles"]] == ["uvicorn", "starlette"]
    assert scope["profiles"][1]["endValue"] == 6000
    assert max(place for stack in scope["profiles"][1]["samples"] for place in stack) < len(scope["shared"]["frames"])


def test_a_profile_is_for_every_screen(page: Page) -> None:
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    opened(page, PROFILE)
    page.get_by_text("Busy workers, and what waits").click()
    expect(page.locator(".waits li")).to_contain_text("4 × mix (asgi/workloads.py:31)")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px too wide"
    assert not axe_finds(page)
    page.emulate_media(color_scheme="dark")
    assert not axe_finds(page, only=["color-contrast"])


def test_the_form_makes_the_command_that_starts_a_profile(page: Page) -> None:
    page.goto("/#/profile?experiment=profile&workload=mix&cpu_ms=3&rate=100&contender=sync")
    expect(page.locator(".empty")).to_have_text("Ready: press Show the command. The run that it makes is shown here.")
    page.get_by_role("button", name="Show the command").click()
    command = "scripts/profile --contender sync --workload mix --cpu-ms 3 --rate 100"
    expect(page.locator(".launcher .command code")).to_have_text(command)


def grown(contender: str, place: int) -> dict[str, object]:
    figures = {
        "bytes_per_request": 1060 / place,
        "kib": 10_350 / place,
        "objects": 10_000,
        "requests": 10_000,
        "errors": 0,
    }
    return {"contender": contender, "file": f"a/very/long/path/of/packages/module{place}.py", "line": place} | figures


MEMORY = Recorded(
    "memory",
    {"workload": "whoami", "requests": 10_000, "in_flight": 16, "direct": False},
    [grown(contender, place) for contender in ("sync", "uvicorn") for place in range(1, 21)],
    [summary("sync keeps 1,060 bytes of each request at a/b.py:1.", rows=[])],
)


def test_what_grew_is_a_bar_a_line_on_every_screen(page: Page) -> None:
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    opened(page, MEMORY)
    expect(page.locator(".memory section h2")).to_have_text([re.compile("sync"), re.compile("uvicorn")])
    expect(page.locator(".memory rect.kept")).to_have_count(20), "ten of each"
    expect(page.locator(".memory .who").first).to_contain_text("module1.py:1: 1060 bytes per request")
    longest = max(page.evaluate("[...document.querySelectorAll('.memory .who')].map(each => each.getBBox().width)"))
    room = page.evaluate("document.querySelector('.memory').getBoundingClientRect().width")
    assert longest <= room, f"a line of {longest} px in {room}"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px too wide"
    assert not axe_finds(page)
    page.emulate_media(color_scheme="dark")
    assert not axe_finds(page, only=["color-contrast"])


def test_the_form_of_memory_growth_makes_its_command(page: Page) -> None:
    page.goto("/#/profile?experiment=memory&workload=whoami&requests=2000&contender=gthread")
    page.get_by_role("button", name="Show the command").click()
    command = "scripts/profile --memory --contender gthread --workload whoami --requests 2000"
    expect(page.locator(".launcher .command code")).to_have_text(command)
