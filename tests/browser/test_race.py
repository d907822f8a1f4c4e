"""A race from click to picture: what is drawn is what the records have, to the pixel."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import recorded
from tests.browser.recorded import Recorded, served, summary
from tests.browser.runs import BOTH, RUN_MS, Made, Row, ended
from tests.e2e.lab import DEFAULTS, WORKERS, ask
from tests.e2e.queue import events, queued
from tests.turns import LAB

ONE_PIXEL = 1.0

# Four rounds of a server that serves WORKERS at a time: long enough for a page to be opened in the middle.
SLOW: dict[str, Any] = {
    "experiment": "race",
    "params": {"workload": "io", "ms": 1500, "requests": 4 * WORKERS},
    "contenders": ["sync"],
}

# Seconds by which an event may be late: the bench, the database, the records and nginx hand it on in turn, and the
# machine may be busy. A wait that is drawn from the page's opening would lack a round, 1.5 s.
ON_THE_WAY = 1.0

# In the frame in which the page itself has drawn: the lab's time, and the bars that grow with it.
PENDING = """() => new Promise(done => requestAnimationFrame(() => {
  const widths = [...document.querySelectorAll('.pending rect.wait')].map(each => Number(each.getAttribute('width')));
  done([Date.now() / 1000, ...widths]);
}))"""

# Every end that the axis has had while the race was going on.
NOTING_THE_AXIS = """() => {
  window.ends = [];
  new MutationObserver(() => {
    const axis = document.querySelector('.run[data-state=running] .race')?.dataset.axis;
    if (axis) window.ends.push(Number(axis));
  }).observe(document.body, {subtree: true, attributes: true, attributeFilter: ['data-axis']});
}"""

Place = tuple[float, float]


def panel(page: Page, contender: str) -> Locator:
    return page.locator(f".panel[data-contender={contender}]")


def done(page: Page, timeout: int | None = None) -> None:
    expect(page.locator(".state")).to_have_text("done", timeout=timeout)


def milliseconds(label: str) -> float:
    number, unit = [*label.split(), ""][:2]
    return float(number) * {"": 1, "ms": 1, "s": 1000}[unit]


def scale(page: Page) -> tuple[float, float]:
    """Where 0 is, and pixels a millisecond, as the axis says by its first and its last tick."""
    ticks = page.locator(".board .tick")
    first, last = (float(tick.get_attribute("x") or "nan") for tick in (ticks.first, ticks.last))
    label = ticks.last.text_content() or ""
    return first, (last - first) / milliseconds(label)


def drawn(page: Page, contender: str, kind: str) -> dict[int, Place]:
    """The bars of a kind: left end and length in pixels, by the number of the request."""
    bars = panel(page, contender).locator(f".bars rect.{kind}")
    numbers = "each => ['data-seq', 'x', 'width'].map(name => Number(each.getAttribute(name)))"
    found = bars.evaluate_all(f"all => all.map({numbers})")
    return {int(seq): (x, width) for seq, x, width in found}


def expected(page: Page, rows: list[Row], begin: str, end: str) -> dict[int, Place]:
    """The same out of the rows: seconds since the contender's first request was sent."""
    zero, pixels = scale(page)
    first = min(row["sent"] for row in rows)
    width = 1000 * pixels  # of a second
    return {row["seq"]: (zero + (row[begin] - first) * width, (row[end] - row[begin]) * width) for row in rows}


def same(got: dict[int, Place], wanted: dict[int, Place]) -> None:
    assert got.keys() == wanted.keys()
    for seq, place in wanted.items():
        assert got[seq] == pytest.approx(place, abs=ONE_PIXEL), (
            f"request {seq} is drawn at {got[seq]}, and was at {place}"
        )


def as_measured(page: Page, race: Made) -> None:
    """Every request of every contender is drawn where it was: queued, processed, under who served it; and its end."""
    zero, pixels = scale(page)
    for name in race.run["contenders"]:
        rows, own = race.of(name), panel(page, name)
        expect(own.locator("rect.work")).to_have_count(len(rows))
        same(drawn(page, name, "work"), expected(page, rows, "started", "finished"))
        same(drawn(page, name, "wait"), expected(page, rows, "sent", "started"))
        assert all(row["host"] for row in rows), name
        pids = [f"pid {pid}" for pid in sorted({row["pid"] for row in rows})]
        expect(own.locator(".pid")).to_have_text(pids)
        lanes = own.locator(".bars rect.work").evaluate_all(
            "all => all.map(({dataset}) => `${dataset.pid} ${dataset.lane}`)"
        )
        assert sorted(lanes) == sorted(f"{row['pid']} {row['lane']}" for row in rows), name
        line = page.locator(f".finish[data-key={name}]")
        expect(line.locator(".answer-mark")).to_have_count(len(rows))
        elapsed = line.locator(".elapsed")
        x, width = elapsed.evaluate("each => ['x', 'width'].map(name => Number(each.getAttribute(name)))")
        last = max(row["received"] for row in rows) - min(row["sent"] for row in rows)
        assert x + width == pytest.approx(zero + last * 1000 * pixels, abs=ONE_PIXEL), name


@LAB
def test_from_click_to_picture(page: Page) -> None:
    page.goto("/#/race?workload=io&ms=200&requests=10")
    page.evaluate(NOTING_THE_AXIS)
    for name in set(DEFAULTS) - set(BOTH):
        page.get_by_role("checkbox", name=name).uncheck()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".run[data-state=running] rect.work").first).to_be_visible()  # while it goes on
    done(page, RUN_MS)
    race = ended(page.url.rpartition("/")[2])
    try:
        assert race.run["contenders"] == BOTH
        as_measured(page, race)
        ends = page.evaluate("() => window.ends")
        assert ends == sorted(ends), "the axis became shorter again"
        assert 200 < ends[0] < 400, f"the axis begins with {ends[0]} ms for requests of 200 ms"
    finally:
        ask("DELETE", f"/starlette/runs/{race.id}")


def test_the_deep_link_opens_the_same_picture(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    done(page)
    as_measured(page, race)
    expect(page.locator(".picture .sentence")).to_have_text(race.summary["sentences"][0])
    page.get_by_text("Requests as a table").click()
    expect(page.locator(".picture .table tbody tr")).to_have_count(len(race.rows))


@LAB
def test_what_waits_is_drawn_as_long_as_it_has_waited(page: Page) -> None:
    page.goto("/#/")
    path = queued(SLOW)
    try:
        next(data for kind, data in events(path) if kind == "sample")  # the first round is over: the page comes late
        page.goto(f"/#/runs/{path.rpartition('/')[2]}")
        expect(panel(page, "sync").locator("rect.work")).to_have_count(3 * WORKERS)
        now, *widths = page.evaluate(PENDING)
        _, pixels = scale(page)
        first = min(row["sent"] for row in ended(path.rpartition("/")[2]).rows)
    finally:
        ask("DELETE", path)
    assert len(widths) == WORKERS
    for width in widths:
        late = (now - first) - width / pixels / 1000
        assert abs(late) < ON_THE_WAY, f"a request that has waited {now - first} s is drawn {late} s too short"


def test_what_an_unknown_process_served_does_not_look_like_waiting(page: Page, race: Made) -> None:
    """As runs have it that were kept before lanes came from a header."""
    meaning = page.locator(".legend").get_by_text("served by unknown process")
    page.goto(f"/#/runs/{race.id}")
    done(page)
    expect(meaning).to_be_hidden()
    nobody = dict.fromkeys(("pid", "lane", "host", "started", "finished"))
    rows = [served("sync", seq, 0, 0.1 * seq + 0.1, **nobody) for seq in range(3)]
    recorded.opened(page, Recorded("race", {"workload": "hello", "requests": 3}, rows))
    expect(meaning).to_be_visible()
    expect(page.locator(".bars rect.wait")).to_have_count(0)
    same(drawn(page, "sync", "anonymous"), expected(page, rows, "sent", "received"))


def test_processes_of_several_containers_are_several(page: Page) -> None:
    rows = [served("sync", seq, 0, 0.2, host=host, pid=8) for seq, host in enumerate(["aaaa11", "bbbb22", "aaaa11"])]
    recorded.opened(page, Recorded("race", {"workload": "io", "ms": 200, "requests": 3}, rows))
    expect(panel(page, "sync").locator(".pid")).to_have_text(["aaaa pid 8", "bbbb pid 8"])
    bars = panel(page, "sync").locator(".bars rect.work")
    assert bars.evaluate_all("all => all.map(each => each.dataset.host)") == ["aaaa11", "aaaa11", "bbbb22"]


def test_a_narrow_board_has_whole_names_and_the_colour_of_no_queue(page: Page) -> None:
    names = ["sync", "own-gunicorn-asgi"]
    rows = [served(name, 0, 0, 0.2) for name in names]
    page.set_viewport_size({"width": 390, "height": 740})
    params = {"workload": "request", "path": "/items", "method": "GET", "headers": [], "expect": 200, "requests": 1}
    recorded.opened(page, Recorded("race", params, rows))
    expect(page.get_by_role("heading", level=1)).to_have_text("race GET /items")
    expect(page.locator(".lead")).to_have_text(re.compile(r"^requests 1\. "))
    expect(page.locator(".board .who")).to_have_text(names)
    begins = page.locator(".board .who").evaluate_all("all => all.map(each => each.getBBox().x)")
    assert min(begins) >= 0, f"cut off: {dict(zip(names, begins, strict=True))}"
    expect(page.locator(".board .wait")).to_have_count(0)  # none of them was queued


def test_the_words_are_those_of_the_bench(page: Page) -> None:
    rows = [served("sync", 0, 0, 0.2), served("sync", 1, 0.2, 0.4)]
    rows += [served("gevent", 0, 0, 0.2), served("gevent", 1, 0, 0.2, error="reset", status=None)]
    words = summary(
        "The headline.",
        "And another sentence.",
        rows=[
            {"contender": "sync", "errors": 0, "pattern": "one at a time", "text": "not shown"},
            {"contender": "gevent", "errors": 1, "pattern": "both at once", "text": "gevent lost one."},
        ],
    )
    recorded.opened(page, Recorded("race", {"workload": "io", "ms": 200, "requests": 2}, rows, [words]))
    expect(page.locator(".picture .sentence")).to_have_text("The headline.")
    expect(page.locator(".picture .sentences")).to_have_text("And another sentence.")
    expect(panel(page, "sync").locator(".caption")).to_have_text("one at a time")
    expect(panel(page, "gevent").locator(".caption")).to_have_text("gevent lost one.")


def test_a_race_of_an_earlier_version_is_shown_without_words(page: Page) -> None:
    rows = [served("sync", 0, 0, 0.2), served("sync", 1, 0.2, 0.4, error="reset", status=None)]
    recorded.opened(page, Recorded("race", {"workload": "io", "ms": 200, "requests": 2}, rows))
    expect(page.locator(".picture .sentence")).to_be_empty()
    expect(panel(page, "sync").locator(".caption")).to_have_text("1 of 2 answered")
    expect(panel(page, "sync").locator(".pid")).to_have_text("pid 8")


def test_arrow_keys_step_through_the_requests(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    done(page)
    lanes = panel(page, "sync").locator(".lanes")
    lanes.focus()
    details = re.compile(r"^request \d+ · process \d+, .* · queued .* · processed .* · total .*")
    for key in ("ArrowDown", "ArrowDown", "End"):
        lanes.press(key)
        expect(lanes.locator(".tip")).to_have_text(details)
    lanes.press("Escape")
    expect(lanes.locator(".tip")).to_be_hidden()


def test_a_race_can_be_seen_again(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    done(page)
    page.get_by_role("button", name="Replay").click()
    expect(page.locator(".picture.replaying")).to_be_visible()
    expect(page.locator(".picture.replaying")).to_have_count(0)
    expect(panel(page, "sync").locator("rect.work")).to_have_count(20)


@pytest.mark.failing_requests
def test_what_the_service_refuses_is_shown_at_its_field(page: Page) -> None:
    page.goto("/#/race?workload=io")
    page.locator("[name=ms]").fill("-3")
    page.locator("[name=requests]").fill("1000")
    page.get_by_role("button", name="Run", exact=True).click()
    for name, detail in (("ms", "greater than or equal to 0"), ("requests", "less than or equal to 500")):
        field = page.locator(".field", has=page.locator(f"[name={name}]"))
        expect(field.locator(".error")).to_contain_text(detail)
        expect(page.locator(f"[name={name}]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=ms]")).to_be_focused()


@LAB
def test_a_form_has_the_parameters_of_its_workload(page: Page) -> None:
    page.goto("/#/race")
    page.get_by_label("Workload").select_option("mix")
    for name in ("io_ms", "cpu_ms", "bytes"):
        expect(page.locator(f"[name={name}]")).to_have_value("0")
    page.get_by_label("Workload").select_option("hello")
    expect(page.locator("[name=io_ms]")).to_have_count(0)
