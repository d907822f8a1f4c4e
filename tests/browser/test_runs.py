"""The history: listed, filtered, annotated by two at once, compared, exported, cancelled, deleted."""

import csv
import json
import re
import uuid
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import recorded
from tests.browser.chromium import NARROW, WIDE, axe_finds, modules, picture
from tests.browser.recorded import Recorded, point, served
from tests.browser.runs import Made, read, waiting
from tests.e2e.lab import answered, ask
from tests.e2e.queue import MERGE_PATCH, held
from tests.turns import CHANGES, LAB

UNKNOWN = "00000000-0000-7000-8000-000000000000"


def row(page: Page, run: str) -> Locator:
    return page.locator(f".run-row[data-run='{run}']")


def somebody_else_writes(run: str, note: str) -> None:
    headers = {"Content-Type": MERGE_PATCH, "If-Match": "*"}
    answered(ask("PATCH", f"/starlette/runs/{run}", data=json.dumps({"note": note}), headers=headers), 200)


def write(page: Page, note: str) -> None:
    page.get_by_role("textbox", name="Note").fill(note)
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_run_is_listed_and_leads_to_its_page(page: Page, race: Made) -> None:
    page.goto("/#/runs")
    expect(row(page, race.id)).to_contain_text("race /io")
    row(page, race.id).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("race /io")
    assert page.url.endswith(f"/#/runs/{race.id}")


def test_filters_leave_what_fits_and_stay_in_the_address(page: Page, race: Made) -> None:
    page.goto("/#/runs")
    page.get_by_label("Experiment").select_option("race")
    page.get_by_label("State").select_option("done")
    expect(row(page, race.id)).to_be_visible()
    page.get_by_label("State").select_option("failed")
    expect(row(page, race.id)).to_have_count(0)
    assert "state=failed" in page.url
    page.get_by_label("State").select_option("")
    page.get_by_label("Tag").fill(f"no-{uuid.uuid4()}")
    page.get_by_label("Tag").press("Enter")
    expect(page.get_by_text("No run matches these filters.")).to_be_visible()
    page.goto("/#/runs?contender=apache")
    expect(page.get_by_text("Unknown contender: apache.")).to_be_visible()
    expect(page.get_by_text("No run matches these filters.")).to_be_visible()
    page.get_by_label("Contender").select_option("sync")
    expect(page.get_by_text("Unknown contender: apache.")).to_have_count(0)


def test_a_list_that_is_refreshed_keeps_the_focus(page: Page) -> None:
    newest = Recorded("race", {"workload": "io", "ms": 200, "requests": 1}, [served("sync", 0, 0, 0.2)])
    progress = iter((0.25,))

    def runs(route: Route) -> None:
        items = [newest.run | {"state": "running", "progress": next(progress, 0.5)}]
        route.fulfill(json={"items": items, "next": None})

    page.route("**/starlette/runs?*", runs)
    page.goto("/#/runs")
    expect(row(page, newest.id)).to_contain_text("running, 25 %")
    link = row(page, newest.id).get_by_role("link", name="race /io")
    row(page, newest.id).get_by_role("checkbox").check()
    link.focus()
    expect(row(page, newest.id)).to_contain_text("running, 50 %")
    expect(link).to_be_focused()
    expect(row(page, newest.id).get_by_role("checkbox")).to_be_checked()


@CHANGES
def test_note_and_tags_are_kept(page: Page, own_run: Made) -> None:
    page.goto(f"/#/runs/{own_run.id}")
    page.get_by_role("textbox", name="Tags").fill("quiet, first")
    write(page, "on a quiet machine")
    expect(page.locator(".saved")).to_have_text("Saved.")
    kept = read(own_run.id)
    assert (kept["note"], kept["tags"]) == ("on a quiet machine", ["quiet", "first"])


@pytest.mark.failing_requests
@CHANGES
def test_who_writes_over_another_is_asked_first(page: Page, own_run: Made) -> None:
    page.goto(f"/#/runs/{own_run.id}")
    expect(page.locator(".state")).to_have_text("done")
    page.get_by_role("textbox", name="Note").fill("mine")
    somebody_else_writes(own_run.id, "theirs")
    write(page, "mine")
    conflict = page.get_by_role("alert").filter(has_text="Changed elsewhere since you opened it.")
    expect(conflict).to_contain_text("theirs")
    assert read(own_run.id)["note"] == "theirs"  # nothing is lost before the user decides
    picture(page, "conflict")
    conflict.get_by_role("button", name="Keep yours").click()
    expect(page.locator(".saved")).to_have_text("Saved.")
    assert read(own_run.id)["note"] == "mine"


@pytest.mark.failing_requests
@CHANGES
def test_the_other_words_can_be_kept(page: Page, own_run: Made) -> None:
    page.goto(f"/#/runs/{own_run.id}")
    expect(page.locator(".state")).to_have_text("done")
    somebody_else_writes(own_run.id, "theirs, again")
    write(page, "mine, again")
    page.get_by_role("button", name="Keep theirs").click()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("theirs, again")
    assert read(own_run.id)["note"] == "theirs, again"


@CHANGES
def test_a_tag_with_a_comma_survives_a_note(page: Page, own_run: Made) -> None:
    tags = ["a, b", 'the "third"', "plain"]
    changes = json.dumps({"tags": tags})
    headers = {"Content-Type": MERGE_PATCH, "If-Match": "*"}
    answered(ask("PATCH", f"/starlette/runs/{own_run.id}", data=changes, headers=headers), 200)
    page.goto(f"/#/runs/{own_run.id}")
    expect(page.locator(".state")).to_have_text("done")
    write(page, "the tags are not touched")
    expect(page.locator(".saved")).to_have_text("Saved.")
    assert read(own_run.id)["tags"] == tags


@LAB
def test_a_waiting_run_can_be_cancelled_and_is_deleted_by_a_second_press(page: Page) -> None:
    with held(), waiting() as queued:
        page.goto(f"/#/runs/{queued}")
        expect(page.get_by_text("Queued.")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator(".state")).to_have_text("cancelled")
        expect(page.locator(".state")).to_be_focused()
        assert read(queued)["state"] == "cancelled"
        page.goto("/#/runs")
        delete = row(page, queued).get_by_role("button")
        delete.click()
        expect(delete).to_have_text("Confirm")
        expect(delete).to_have_accessible_name(re.compile("^Confirm"))
        delete.click()
        expect(row(page, queued)).to_have_count(0)
        expect(page.locator("body")).not_to_be_focused()
        answered(ask("GET", f"/starlette/runs/{queued}"), 404)


def test_older_runs_are_listed_once_however_often_asked_for(page: Page, race: Made, hello_race: Made) -> None:
    page.route("**/starlette/runs?*limit=20", lambda route: route.continue_(url=route.request.url[:-2] + "1"))
    page.goto("/#/runs")
    expect(page.locator(".run-row")).to_have_count(1)
    page.get_by_role("button", name="Older runs").evaluate("button => (button.click(), button.click())")
    expect(page.locator(".run-row")).to_have_count(2)
    expect(page.get_by_role("button", name="Older runs")).to_be_enabled()
    rows = page.locator(".run-row").evaluate_all("rows => rows.map(row => row.dataset.run)")
    assert len(rows) == len(set(rows)), rows


@pytest.mark.failing_requests
def test_a_refused_tag_is_said_at_its_field(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    page.get_by_role("textbox", name="Tags").fill("a, a, " + "x" * 65)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#tags-error")).to_contain_text("at most 64 characters")
    expect(page.get_by_role("textbox", name="Tags")).to_have_attribute("aria-invalid", "true")


DIFFERENCE = {"contender": "sync", "point": 16, "metric": "rps", "title": "req/s", "a": 100.0, "b": 121.0}
DIFFERENCE |= {"repeats_a": 3, "repeats_b": 3, "difference_pct": 21.0, "low_pct": 18.0, "high_pct": 24.0, "found": True}
UNSURE = {"title": "p99 in ms", "difference_pct": 9.0, "low_pct": -8.0, "high_pct": 30.0, "found": False}
DIFFERENCES = {
    "differing": {"ms": [20, 30]},
    "items": [DIFFERENCE, DIFFERENCE | UNSURE, DIFFERENCE | UNSURE | {"low_pct": None, "high_pct": None}],
    "notes": ["Unpaired: of different times."],
}


def test_runs_are_compared_on_one_chart(page: Page, race: Made, hello_race: Made) -> None:
    page.goto("/#/runs")
    expect(page.get_by_role("link", name="Compare")).to_be_hidden()
    for run in (race, hello_race):
        row(page, run.id).get_by_role("checkbox").check()
    page.get_by_role("link", name="Compare 2").click()
    expect(page.locator(".panel")).to_have_count(len(race.run["contenders"]) + len(hello_race.run["contenders"]))
    expect(page.locator(".bars rect.work")).to_have_count(len(race.rows) + len(hello_race.rows))
    expect(page.locator(".board svg")).to_have_count(1)  # one axis for all


def test_of_compared_runs_each_has_its_own_sentences(page: Page) -> None:
    ids = [f"0199aaaa-0000-7000-8000-00000000000{number}" for number in (1, 2)]
    for number, run in enumerate(ids, 1):
        words = recorded.summary(f"Sentence {number}.", rows=[])
        params = {"workload": "io", "ms": 200, "requests": 1}
        recorded.serve(page, Recorded("race", params, [served("sync", 0, 0, 0.2)], [words], id=run))
    page.route("**/comparison?*", lambda route: route.fulfill(json=DIFFERENCES))
    page.goto(f"/#/compare/{','.join(ids)}")
    expect(page.locator(".picture .sentences p")).to_have_text(["run 1: Sentence 1.", "run 2: Sentence 2."])
    expect(page.locator(".panel h2")).to_have_text(["sync (1)", "sync (2)"])


def test_two_runs_are_compared_with_the_intervals_that_the_records_compute(page: Page) -> None:
    ids = [f"0199aaaa-0000-7000-8000-00000000000{number}" for number in (1, 2)]
    for run in ids:
        recorded.serve(page, Recorded("sweep", {"workload": "io", "ms": 20}, [point("sync", 16)], id=run))
    page.route(f"**/runs/{ids[0]}/comparison?against={ids[1]}", lambda route: route.fulfill(json=DIFFERENCES))
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        page.goto("/#/runs")
        page.goto(f"/#/compare/{','.join(ids)}")
        lines = page.locator(".differences tbody tr")
        expect(lines.nth(0).locator("td")).to_have_text(
            ["sync, 16", "req/s", "100", "121", "+21 %", "+18 % to +24 %", "3, 3"]
        )
        expect(lines.nth(1).locator("td").nth(5)).to_have_text("\N{MINUS SIGN}8 % to +30 %: unclear")
        expect(lines.nth(2).locator("td").nth(5)).to_have_text("none")
        expect(page.locator(".differences .warn")).to_have_text("The runs differ in their parameters: ms 20 and 30.")
        expect(page.locator(".differences .aside")).to_have_text("Unpaired: of different times.")
        assert not (found := axe_finds(page)), found
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"wider than {width} px"


@pytest.mark.failing_requests
def test_what_is_not_there_is_said_not_to_be(page: Page) -> None:
    for address, heading in (
        (f"/#/runs/{UNKNOWN}", "No such run"),
        ("/#/runs/nonsense", "No such run"),
        ("/#/nothing", "No such page"),
        ("/#/runs/%E0%A4%A", "No such page"),  # cannot be decoded
        ("/#/constructor", "No such page"),
    ):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.get_by_role("alert").get_by_role("link")).to_be_visible()  # it leads back


@pytest.mark.failing_requests
def test_a_run_that_is_gone_is_not_replaced_by_another(page: Page, race: Made) -> None:
    page.goto(f"/#/race/{UNKNOWN}")
    expect(page.get_by_text("This run does not exist.")).to_be_visible()
    expect(page.locator(".run")).to_have_count(0)
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()


def test_a_view_opens_with_the_newest_run_that_has_something_to_show(page: Page, race: Made) -> None:
    older = race.run
    newer = older | {"id": "ffffffff-0000-7000-8000-000000000000", "state": "failed"}
    listed = {"items": [newer, older], "next": None}
    page.route("**/starlette/runs?*", lambda route: route.fulfill(json=listed))
    page.goto("/#/race")
    expect(page.locator(f".run[data-run='{race.id}'] .panel").first).to_be_visible()
    why = re.compile(r"^The newest run that is done, .* The newest: failed\.$")
    expect(page.locator(".run-place > .aside")).to_have_text(why)
    expect(page.get_by_role("link", name="failed")).to_have_attribute("href", f"#/runs/{newer['id']}")


def test_a_run_opens_in_the_view_of_its_experiment(page: Page, race: Made) -> None:
    page.goto(f"/#/load/{race.id}")
    expect(page.get_by_role("heading", name="Race", exact=True)).to_be_visible()
    assert page.url.endswith(f"/#/race/{race.id}")


# --- forms ----------------------------------------------------------------------------------------


def test_an_experiment_in_the_address_is_ready_though_there_are_runs(page: Page, race: Made) -> None:
    page.goto("/#/race?workload=io&ms=200&requests=20")
    expect(page.get_by_text("Ready: press Run.")).to_be_visible()
    expect(page.get_by_text("No runs yet.")).to_have_count(0)


def test_an_address_fills_the_form_as_far_as_it_can(page: Page) -> None:
    for query, ticked in (("direct=false", False), ("direct=true", True)):
        page.goto(f"/#/race?{query}")
        expect(page.locator("[name=direct]")).to_be_checked(checked=ticked)
    for query, remark in (
        ("workload=tea", "“tea” is not a workload here; using io."),
        ("requests=many", "“many” is not a number; using the default."),
        ("direct=perhaps", "“perhaps” is not a boolean; using the default."),
        ("contender=apache", "Unknown contender: apache."),
        ("experiment=tea", "“tea” is not an experiment here; using Race."),
    ):
        page.goto(f"/#/race?{query}")
        expect(page.get_by_text(remark)).to_be_visible()


def test_slow_clients_have_no_workload(page: Page) -> None:
    page.goto("/#/victim?experiment=slow-clients")
    expect(page.locator("[name=clients]")).to_be_visible()
    expect(page.get_by_label("Workload")).to_be_hidden()


# --- outages --------------------------------------------------------------------------------------
# The routes inject what a lab cannot do on purpose: a network that swallows, cuts, or loses one request of two.


@pytest.mark.fresh
def test_events_that_never_come_are_given_up_and_asked_for_again(page: Page, race: Made) -> None:
    page.clock.install()
    with page.expect_request("**/events"):
        page.route("**/events", lambda _: None)
        page.goto(f"/#/runs/{race.id}")
    expect(page.locator(".state")).to_have_text("loading")
    page.clock.fast_forward(41_000)
    expect(page.get_by_text("timed out")).to_be_visible()
    page.unroute("**/events")
    page.clock.run_for(2_000)
    expect(page.locator(".state")).to_have_text("done")
    expect(page.get_by_text("timed out")).to_be_hidden()


@pytest.mark.fresh
def test_events_that_end_at_once_are_not_asked_for_without_end(page: Page, race: Made) -> None:
    requests: list[str] = []

    def nothing(route: Route) -> None:
        requests.append(route.request.url)
        route.fulfill(status=200, content_type="text/event-stream", body="")

    page.clock.install(time=0)
    page.route("**/events", nothing)
    page.clock.pause_at(1_000)
    page.goto(f"/#/runs/{race.id}")
    expect(page.locator(".state")).to_have_text("loading")
    for _ in range(10):
        page.evaluate("fetch('/healthz').then(answer => answer.text())")
    assert len(requests) == 1
    page.unroute("**/events")
    page.clock.run_for(1_500)
    page.clock.resume()  # what is read gives the page its turn by a timer, too
    expect(page.locator(".state")).to_have_text("done")


@pytest.mark.failing_requests
def test_code_that_does_not_come_is_not_blamed_on_the_records(page: Page, race: Made) -> None:
    page.route("**/charts/race.js", lambda route: route.abort())
    page.goto(f"/#/runs/{race.id}")
    expect(page.get_by_text("The chart code could not be loaded.")).to_be_visible()
    expect(page.get_by_text("The records service is unreachable.")).to_have_count(0)


@pytest.mark.fresh
@pytest.mark.failing_requests
@LAB
def test_one_answer_does_not_hide_that_another_is_missing(page: Page, race: Made, hello_race: Made) -> None:
    held_back: list[Route] = []

    def hold(route: Route) -> None:
        held_back.append(route)

    page.clock.install(time=0)
    page.clock.pause_at(1_000)  # nothing is tried again
    page.route(f"**/starlette/runs/{race.id}", lambda route: route.abort())
    page.route(f"**/starlette/runs/{hello_race.id}", hold)
    page.goto(f"/#/compare/{race.id},{hello_race.id}")
    expect(page.get_by_text("The records service is unreachable.")).to_be_visible()
    with page.expect_request_finished(lambda request: request.url.endswith(hello_race.id)):
        held_back[0].continue_()
    page.evaluate("fetch('/healthz').then(answer => answer.text())")  # by then the page has read it too
    expect(page.get_by_text("The records service is unreachable.")).to_be_visible()


@pytest.mark.failing_requests
def test_a_lost_connection_is_shown_by_the_view_that_is_open(page: Page) -> None:
    page.route("**/catalog.json", lambda route: route.abort())
    page.goto("/#/")
    away = page.get_by_text("The lab is unreachable.")
    expect(away).to_be_visible()
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page).to_have_title("Runs · serverlab")
    expect(away).to_be_visible()
    page.unroute("**/catalog.json")
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    expect(away).to_be_hidden()


def test_a_mistake_in_the_page_is_no_lost_connection(page: Page) -> None:
    modules(page)
    tries = """async () => {
      const {retry} = await import('/core/requests.js');
      let tries = 0;
      const task = () => { tries += 1; if (tries < 3) null.mistake; };
      const signal = new AbortController().signal;
      return retry(task, {signal, trouble() {}}).then(() => tries, ({name}) => `${name} at try ${tries}`);
    }"""
    assert page.evaluate(tries) == "TypeError at try 1"


# --- export ---------------------------------------------------------------------------------------


def exported(page: Page, race: Made, kind: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Export as {kind}").click()
    assert download.value.suggested_filename == f"race-{race.id}.{kind.lower()}"
    return Path(download.value.path())


def test_a_run_is_exported(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    expect(page.locator(".state")).to_have_text("done")
    rows = list(csv.DictReader(exported(page, race, "CSV").read_text().splitlines()))
    assert [(each["contender"], each["seq"]) for each in rows] == [
        (each["contender"], str(each["seq"])) for each in race.rows
    ]
    document = json.loads(exported(page, race, "JSON").read_text())
    assert document["results"] == race.rows
    assert document["run"]["id"] == race.id
    source = exported(page, race, "SVG").read_text()
    bars = [each for each in ET.fromstring(source).iter("{http://www.w3.org/2000/svg}rect") if each.get("data-seq")]
    assert len(bars) == 2 * len(race.rows)  # its wait and its work
    assert "light-dark" not in source  # it stands alone, without our style sheets
    assert "var(" not in source
    content = exported(page, race, "PNG").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 20_000


def test_a_long_header_and_a_long_query_make_no_page_wider_than_its_window(page: Page) -> None:
    params = {"workload": "request", "method": "GET", "path": f"/items?{'q' * 990}", "requests": 1}
    rows = [served("uvicorn", 0, 0.001, 0.1)]
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        recorded.opened(page, Recorded("race", params | {"headers": [f"X-Long: {'x' * 990}"]}, rows))
        expect(page.locator(".lead")).to_contain_text("X-Long")
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{wider} px wider than a window of {width} px"
