"""A race from click to picture: what is drawn is what the REST service has, to the pixel."""

import math
import re
import statistics
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import picture
from tests.browser.runs import Made, Row, ended, made
from tests.e2e.lab import NAMES, WORKERS, ask
from tests.e2e.queue import events, queued

ONE_PIXEL = 1.0

# Four rounds of a server that serves WORKERS at a time: long enough for a page to be opened in the middle.
SLOW: dict[str, Any] = {
    "experiment": "race",
    "params": {"workload": "io", "ms": 2000, "requests": 4 * WORKERS},
    "contenders": ["sync"],
}
HELLO: dict[str, Any] = {
    "experiment": "race",
    "params": {"workload": "hello", "requests": 5},
    "contenders": ["gevent"],
}

# Seconds by which an event may be late: the bench, the database, the REST service and nginx hand it on in turn.
ON_THE_WAY = 0.5

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

# What the page says of races of which it is given the rows.
TOLD = """async races => {
  const [{arrange}, telling] = await Promise.all([import('/charts/lanes.js'), import('/charts/telling.js')]);
  return telling.headline(races.map(({rows, ...race}) => ({...race, lanes: arrange(rows)})));
}"""

Place = tuple[float, float]


def panel(page: Page, contender: str) -> Locator:
    return page.locator(f".panel[data-contender={contender}]")


def headline(page: Page) -> Locator:
    return page.locator(".picture .sentence")


def done(page: Page) -> None:
    expect(page.locator(".state")).to_have_text("done")


def milliseconds(label: str) -> float:
    number, _, unit = label.partition(" ")
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


def test_from_click_to_picture(page: Page) -> None:
    page.goto("/#/race?workload=io&ms=200&requests=20")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".run[data-state=running] rect.work").first).to_be_visible()  # while it goes on
    done(page)
    race = ended(page.url.rpartition("/")[2])
    try:
        assert race.run["contenders"] == NAMES
        for contender in NAMES:
            rows = race.of(contender)
            expect(panel(page, contender).locator("rect.work")).to_have_count(20)
            same(drawn(page, contender, "work"), expected(page, rows, "started", "finished"))
            same(drawn(page, contender, "wait"), expected(page, rows, "sent", "started"))
    finally:
        ask("DELETE", f"/starlette/runs/{race.id}")


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


def test_the_axis_does_not_jump_while_it_goes_on(page: Page) -> None:
    page.goto("/#/race?workload=io&ms=100&requests=10")
    page.evaluate(NOTING_THE_AXIS)
    page.get_by_role("button", name="Run", exact=True).click()
    done(page)
    ends = page.evaluate("() => window.ends")
    ask("DELETE", f"/starlette/runs/{page.url.rpartition('/')[2]}")
    assert ends == sorted(ends), "it became shorter again"
    assert 100 < ends[0] < 200, f"it begins with {ends[0]} ms for requests of 100 ms"


def test_what_was_served_by_nobody_known_does_not_look_like_waiting(page: Page, race: Made) -> None:
    meaning = page.locator(".legend").get_by_text("answered; not told by whom")
    page.goto(f"/#/runs/{race.id}")
    done(page)
    expect(meaning).to_be_hidden()
    with made(HELLO) as run:
        page.goto(f"/#/runs/{run.id}")
        done(page)
        expect(panel(page, "gevent").locator("rect.untold")).to_have_count(5)
        expect(panel(page, "gevent").locator(".bars rect.wait")).to_have_count(0)
        expect(meaning).to_be_visible()
        same(drawn(page, "gevent", "untold"), expected(page, run.rows, "sent", "received"))


def test_the_deep_link_opens_the_same_picture(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    done(page)
    for contender in NAMES:
        expect(panel(page, contender).locator("rect.work")).to_have_count(len(race.of(contender)))
        same(drawn(page, contender, "work"), expected(page, race.of(contender), "started", "finished"))
    picture(page, "race")


def test_every_process_has_its_lanes(page: Page, race: Made, contender: str) -> None:
    page.goto(f"/#/runs/{race.id}")
    done(page)
    rows = race.of(contender)
    pids = [f"pid {pid}" for pid in sorted({row["pid"] for row in rows})]
    expect(panel(page, contender).locator(".pid")).to_have_text(pids)
    work = panel(page, contender).locator(".bars rect.work")
    lanes = work.evaluate_all("all => all.map(each => `${each.dataset.pid} ${each.dataset.lane}`)")
    assert sorted(lanes) == sorted(f"{row['pid']} {row['lane']}" for row in rows)


def test_the_sentence_is_computed_from_the_data(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    done(page)
    rounds = math.ceil(20 / WORKERS)
    in_rounds = f"{WORKERS} at a time: {rounds} rounds of {middle(race.of('sync'))}"
    expect(panel(page, "sync").locator(".told")).to_contain_text(in_rounds)
    expect(headline(page)).to_contain_text(f"sync served {WORKERS} at a time")
    at_once = f"all 20 at once, {middle(race.of('uvicorn'))} each"
    expect(panel(page, "uvicorn").locator(".told")).to_contain_text(at_once)


def middle(rows: list[Row]) -> str:
    """The median request's work, as the page says it."""
    return f"{1000 * statistics.median(row['finished'] - row['started'] for row in rows):.0f} ms"


def answers(label: str, seconds: float, count: int = 4, **more: Any) -> dict[str, Any]:
    """A race of `count` requests, all served at once."""
    rows = [served(seq, 0, seconds) for seq in range(count)]
    return {"label": label, "rows": rows, "expected": count, "asked": "4 of io"} | more


def served(seq: int, begin: float, end: float, error: str | None = None) -> Row:
    status = None if error else 200
    times = {"sent": 0.0, "started": begin, "finished": end, "received": None if error else end}
    return {"seq": seq, "pid": 8, "lane": f"task-{seq}", "status": status, "error": error} | times


@pytest.mark.parametrize(
    ("races", "said"),
    [
        # a millisecond makes no winner
        (
            [answers("a", 0.201), answers("b", 0.200), answers("c", 2)],
            (
                "a and b had answered all 4 after 200 ms to 201 ms; c took 10 times as long, 2.00 s. "
                "c served all 4 at once, 2.00 s each."
            ),
        ),
        (
            [answers("a", 0.2), answers("b", 0.2)],
            "All took about as long, 200 ms. a served all 4 at once, 200 ms each.",
        ),
        # who was asked for something else was not slower
        (
            [answers("a", 0.2), answers("b", 2, count=40, asked="40 of io")],
            "These races asked for different things: nobody is first.",
        ),
        # one straggler of twenty is no second round
        (
            [answers("a", 0.2, rows=[*(served(seq, 0, 0.2) for seq in range(19)), served(19, 0.2, 0.4)], expected=20)],
            "a answered all 20 in 400 ms. a served nearly all 20 at once, 200 ms each.",
        ),
        # who failed is named, and is not the first
        (
            [answers("a", 0.2), answers("b", 0.1, rows=[served(0, 0, 0.1, "refused")], expected=1)],
            "a answered all 4 in 200 ms. a served all 4 at once, 200 ms each. b: 1 of 1 failed (refused).",
        ),
        (
            [answers("a", 0.2, rows=[served(0, 0, 0.2)]), answers("b", 0.1, rows=[served(0, 0, 0.1, "refused")])],
            "No contender answered everything: a: 1 of 4 answered; b: 1 of 1 failed (refused).",
        ),
    ],
)
def test_a_headline_claims_no_more_than_the_rows(page: Page, races: list[dict[str, Any]], said: str) -> None:
    page.goto("/#/")
    assert page.evaluate(TOLD, races).replace("\u00a0", " ") == said


def test_only_races_of_the_same_have_a_first(page: Page, race: Made) -> None:
    with made(HELLO) as run:
        page.goto(f"/#/compare/{race.id},{run.id}")
        expect(headline(page)).to_have_text("These races asked for different things: nobody is first.")
        expect(page.locator(".panel .time")).to_have_count(len(NAMES) + 1)
        for time in page.locator(".panel .time").all():
            expect(time).not_to_contain_text("the first")


def test_finish_times_stand_against_each_other(page: Page, race: Made, contender: str) -> None:
    page.goto(f"/#/runs/{race.id}")
    done(page)
    rows = race.of(contender)
    zero, pixels = scale(page)
    last = max(row["received"] for row in rows) - min(row["sent"] for row in rows)
    line = page.locator(f".finish[data-key={contender}]")
    expect(line.locator(".answer-mark")).to_have_count(len(rows))
    x, width = line.locator(".wait").evaluate("each => ['x', 'width'].map(name => Number(each.getAttribute(name)))")
    assert x + width == pytest.approx(zero + last * 1000 * pixels, abs=ONE_PIXEL)


def test_arrow_keys_tell_of_each_request(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    done(page)
    lanes = panel(page, "sync").locator(".lanes")
    lanes.focus()
    told = re.compile(r"^request \d+ · process \d+, .* · waited .* · worked .* · answered after .*")
    for key in ("ArrowDown", "ArrowDown", "End"):
        lanes.press(key)
        expect(lanes.locator(".tip")).to_have_text(told)
    lanes.press("Escape")
    expect(lanes.locator(".tip")).to_be_hidden()


def test_a_race_can_be_seen_again(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    done(page)
    page.get_by_role("button", name="Replay").click()
    expect(page.locator(".picture.replaying")).to_be_visible()
    expect(page.locator(".picture.replaying")).to_have_count(0)
    expect(panel(page, "sync").locator("rect.work")).to_have_count(20)


def test_the_rows_are_there_as_a_table(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    done(page)
    page.get_by_text("The requests as a table").click()
    expect(page.locator(".picture .table tbody tr")).to_have_count(len(race.rows))


def test_only_chosen_contenders_race(page: Page) -> None:
    page.goto("/#/race?workload=hello&requests=3")
    for name in set(NAMES) - {"gevent"}:
        page.get_by_role("checkbox", name=name).uncheck()
    page.get_by_role("button", name="Run", exact=True).click()
    done(page)
    expect(page.locator(".panel")).to_have_count(1)
    race = ended(page.url.rpartition("/")[2])
    ask("DELETE", f"/starlette/runs/{race.id}")
    assert race.run["contenders"] == ["gevent"]


def test_what_the_service_refuses_is_said_at_its_field(page: Page) -> None:
    page.goto("/#/race?workload=io")
    page.get_by_label("Milliseconds").fill("-3")
    page.get_by_label("Requests").fill("1000")
    page.get_by_role("button", name="Run", exact=True).click()
    for label, said in (("Milliseconds", "greater than or equal to 0"), ("Requests", "less than or equal to 500")):
        field = page.locator(".field", has=page.get_by_label(label))
        expect(field.locator(".error")).to_contain_text(said)
        expect(page.get_by_label(label)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Milliseconds")).to_be_focused()


def test_a_form_has_the_parameters_of_its_workload(page: Page) -> None:
    page.goto("/#/race")
    page.get_by_label("Workload").select_option("mix")
    for label in ("Milliseconds of waiting", "Milliseconds of CPU time", "Bytes of payload"):
        expect(page.get_by_label(label)).to_have_value("0")
    page.get_by_label("Workload").select_option("hello")
    expect(page.get_by_label("Milliseconds of waiting")).to_have_count(0)
