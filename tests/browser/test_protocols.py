"""The feature matrix: the grid of verdicts and its evidence; and a page's waterfall, block by block."""

import json
import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import NARROW, WIDE, axe_finds
from tests.browser.recorded import MOMENT, Recorded, opened, served, summary

NEEDS = ("records",)

VERDICTS = {
    ("sync", "http10"): "yes",
    ("sync", "h3"): "no",
    ("sync", "request-trailers"): "partly",
    ("uvicorn", "http10"): "yes",
    ("uvicorn", "h3"): "no",
    ("uvicorn", "request-trailers"): "yes",
}
GLYPHS = {"yes": "✓", "partly": "~", "no": "✗"}
MARKDOWN = "| direct | sync | uvicorn |\n|---|:-:|:-:|\n| h3 | ✗ | ✗ |\n"  # as the bench makes it
GRID = Recorded(
    "protocols",
    {"workload": "io", "ms": 100, "direct": False},
    [
        {"contender": name, "via": via, "feature": feature, "verdict": verdict, "evidence": f"{name}'s bytes, {via}"}
        for via in ("direct", "nginx-tls")
        for (name, feature), verdict in (VERDICTS | {("sync", "h3"): "yes" if via == "nginx-tls" else "no"}).items()
    ],
    [summary("HTTP/3 via nginx: sync; not uvicorn.", rows=[], markdown=MARKDOWN)],
)
PAGES = Recorded(
    "waterfall",
    {"workload": "io", "ms": 50, "requests": 12, "direct": False},
    [
        served("uvicorn", seq, at, at + 0.05, sent=MOMENT + sent, protocol=protocol, connection=connection)
        for protocol, connections in (("http/1.1", 6), ("h2", 1), ("h3", 1))
        for seq in range(12)
        for connection in (seq % connections + 1,)
        for sent in (0.05 * (seq // 6) if connections == 6 else 0,)
        for at in (sent + 0.01,)
    ],
    [summary("uvicorn served 12 requests in 110 ms over HTTP/1.1.", rows=[])],
)


def verdict(page: Page, contender: str, feature: str) -> Locator:
    return page.locator(f"[data-cell='{contender} {feature}'] button")


def test_each_verdict_has_its_glyph_its_name_and_its_evidence(page: Page) -> None:
    opened(page, GRID)
    for (contender, feature), kind in VERDICTS.items():
        cell = verdict(page, contender, feature)
        expect(cell).to_have_text(GLYPHS[kind])
        expect(cell).to_have_accessible_name(re.compile(rf"^{contender}, .+: {kind}\. {contender}'s bytes, direct$"))
    evidence = page.locator(".evidence")
    verdict(page, "uvicorn", "h3").click()
    expect(evidence).to_have_text("uvicorn, HTTP/3: no. uvicorn's bytes, direct")
    page.keyboard.press("ArrowLeft")
    expect(evidence).to_have_text("sync, HTTP/3: no. sync's bytes, direct")
    page.keyboard.press("ArrowUp")
    expect(evidence).to_have_text("sync, Request trailers: partly. sync's bytes, direct")
    expect(page.locator(".verdicts button[tabindex='0']")).to_have_count(1)
    expect(page.locator(".picture .sentence")).to_have_text("HTTP/3 via nginx: sync; not uvicorn.")


def test_the_way_the_group_and_the_verdict_choose_what_is_shown(page: Page) -> None:
    opened(page, GRID)
    expect(page.locator(".features .tabs button")).to_have_text(["Direct", "Via nginx over TLS"])
    page.get_by_role("button", name="Via nginx over TLS").click()
    expect(verdict(page, "sync", "h3")).to_have_text("✓")
    features = page.locator(".verdicts tbody th")
    for label, value, names in (
        ("Features", "HTTP/2 and 3", ["HTTP/3"]),
        ("Features", "all", ["HTTP/1.0", "Request trailers", "HTTP/3"]),
        ("Show", "differences", ["Request trailers", "HTTP/3"]),
        ("Show", "partly", ["Request trailers"]),
    ):
        page.get_by_label(label).select_option(value)
        expect(features).to_have_text(names)
    page.get_by_label("Features").select_option("WebSocket")
    expect(page.locator(".verdicts tfoot")).to_have_text("No matching features.")


def test_the_grid_is_exported_as_markdown_and_csv_json_and_png_are_there_too(page: Page) -> None:
    opened(page, GRID)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as Markdown").click()
    assert download.value.path().read_text() == MARKDOWN
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as JSON").click()
    assert json.loads(download.value.path().read_text())["results"] == GRID.rows
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as PNG").click()
    assert download.value.path().stat().st_size > 10_000


def test_a_page_has_a_block_a_protocol_with_its_time_and_its_connections(page: Page) -> None:
    opened(page, PAGES)
    blocks = page.locator(".panel")
    expect(blocks.locator("h2")).to_have_text(["uvicorn over HTTP/1.1", "uvicorn over HTTP/2", "uvicorn over HTTP/3"])
    expect(blocks.locator(".time")).to_have_text(["110\u00a0ms", "60\u00a0ms", "60\u00a0ms"])
    expect(blocks.locator(".caption")).to_have_text([re.compile("6 connections"), *[re.compile("1 connection")] * 2])
    expect(blocks.nth(0).locator("text.pid")).to_have_text([f"conn. {number}" for number in range(1, 7)])
    expect(blocks.nth(1).locator("rect.work")).to_have_count(12)
    blocks.nth(1).locator(".lanes").focus()
    page.keyboard.press("ArrowDown")
    expect(blocks.nth(1).locator(".tip")).to_contain_text("request 0")


def test_both_can_be_used_by_everybody_in_light_and_dark_and_in_a_narrow_window(page: Page) -> None:
    for run in (GRID, PAGES):
        for dark, (width, height) in ((False, WIDE), (True, NARROW)):
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.set_viewport_size({"width": width, "height": height})
            opened(page, run)
            assert not (found := axe_finds(page)), f"{run.experiment}, {width} px, dark: {dark}: {found}"
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"{run.experiment} is wider than a window of {width} px"
