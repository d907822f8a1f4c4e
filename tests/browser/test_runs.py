"""The history: listed, filtered, annotated by two at once, compared, exported, cancelled, deleted."""

import csv
import json
import re
import uuid
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.chromium import picture
from tests.browser.runs import Made, read, waiting
from tests.e2e.lab import answered, ask
from tests.e2e.queue import MERGE_PATCH, held

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
    expect(page.get_by_text("No run fits these filters.")).to_be_visible()


def test_note_and_tags_are_kept(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    page.get_by_role("textbox", name="Tags").fill("quiet, first")
    write(page, "on a quiet machine")
    expect(page.locator(".said")).to_have_text("Saved.")
    kept = read(race.id).run
    assert (kept["note"], kept["tags"]) == ("on a quiet machine", ["quiet", "first"])


def test_who_writes_over_another_is_asked_first(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    expect(page.locator(".state")).to_have_text("done")
    page.get_by_role("textbox", name="Note").fill("mine")
    somebody_else_writes(race.id, "theirs")
    write(page, "mine")
    conflict = page.get_by_role("alert").filter(has_text="Somebody else has changed it meanwhile.")
    expect(conflict).to_contain_text("theirs")
    assert read(race.id).run["note"] == "theirs"  # nothing is lost before somebody decides
    picture(page, "conflict")
    conflict.get_by_role("button", name="Save mine over it").click()
    expect(page.locator(".said")).to_have_text("Saved.")
    assert read(race.id).run["note"] == "mine"


def test_the_other_words_can_be_kept(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    expect(page.locator(".state")).to_have_text("done")
    somebody_else_writes(race.id, "theirs, again")
    write(page, "mine, again")
    page.get_by_role("button", name="Keep theirs").click()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("theirs, again")
    assert read(race.id).run["note"] == "theirs, again"


def test_a_waiting_run_says_so_and_can_be_cancelled(page: Page) -> None:
    with held(), waiting() as queued:
        page.goto(f"/#/runs/{queued}")
        expect(page.get_by_text("Waiting for its turn.")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator(".state")).to_have_text("cancelled")
        expect(page.locator(".state")).to_be_focused()
        assert read(queued).run["state"] == "cancelled"


def test_a_run_is_deleted_by_a_second_press(page: Page) -> None:
    with held(), waiting() as queued:
        page.goto("/#/runs")
        delete = row(page, queued).get_by_role("button")
        delete.click()
        expect(delete).to_have_text("Really?")
        expect(delete).to_have_accessible_name(re.compile("^Really"))
        delete.click()
        expect(row(page, queued)).to_have_count(0)
        expect(page.locator("body")).not_to_be_focused()
        answered(ask("GET", f"/starlette/runs/{queued}"), 404)


def test_older_runs_are_listed_once_however_often_asked_for(page: Page, race: Made, another_race: Made) -> None:
    page.route("**/starlette/runs?*limit=20", lambda route: route.continue_(url=route.request.url[:-2] + "1"))
    page.goto("/#/runs")
    expect(page.locator(".run-row")).to_have_count(1)
    page.get_by_role("button", name="Older runs").evaluate("button => (button.click(), button.click())")
    expect(page.locator(".run-row")).to_have_count(2)
    expect(page.get_by_role("button", name="Older runs")).to_be_enabled()
    rows = page.locator(".run-row").evaluate_all("rows => rows.map(row => row.dataset.run)")
    assert len(rows) == len(set(rows)), rows


def test_a_refused_tag_is_said_at_its_field(page: Page, race: Made) -> None:
    page.goto(f"/#/runs/{race.id}")
    page.get_by_role("textbox", name="Tags").fill("a, a, " + "x" * 65)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#tags-error")).to_contain_text("at most 64 characters")
    expect(page.get_by_role("textbox", name="Tags")).to_have_attribute("aria-invalid", "true")


def test_runs_are_compared_on_one_chart(page: Page, race: Made, another_race: Made) -> None:
    page.goto("/#/runs")
    expect(page.get_by_role("link", name="Compare")).to_be_hidden()
    for run in (race, another_race):
        row(page, run.id).get_by_role("checkbox").check()
    page.get_by_role("link", name="Compare 2").click()
    expect(page.locator(".panel")).to_have_count(2 * len(race.run["contenders"]))
    expect(page.locator(".bars rect.work")).to_have_count(len(race.rows) + len(another_race.rows))
    expect(page.locator(".board svg")).to_have_count(1)  # one axis for all
    picture(page, "compare")


@pytest.mark.parametrize("address", [f"/#/runs/{UNKNOWN}", "/#/runs/nonsense"])
def test_an_unknown_run_is_said_to_be_unknown(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name="No such run")).to_be_visible()
    expect(page.get_by_role("link", name="All runs")).to_be_visible()


def test_an_unknown_page_leads_back(page: Page) -> None:
    page.goto("/#/nothing")
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()


@pytest.mark.parametrize("address", ["/#/runs/%E0%A4%A", "/#/constructor"])
def test_an_address_that_cannot_be_read_is_an_unknown_page(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()


def test_a_run_that_is_gone_is_not_replaced_by_another(page: Page, race: Made) -> None:
    page.goto(f"/#/race/{UNKNOWN}")
    expect(page.get_by_text("This run is not kept here.")).to_be_visible()
    expect(page.locator(".run")).to_have_count(0)
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()


def test_a_run_opens_in_the_view_of_its_experiment(page: Page, race: Made) -> None:
    page.goto(f"/#/load/{race.id}")
    expect(page.get_by_role("heading", name="Race", exact=True)).to_be_visible()
    assert page.url.endswith(f"/#/race/{race.id}")


# --- forms ----------------------------------------------------------------------------------------


def test_an_order_in_the_address_is_ready_though_runs_are_kept(page: Page, race: Made) -> None:
    page.goto("/#/race?workload=io&ms=200&requests=20")
    expect(page.get_by_text("Ready: press Run.")).to_be_visible()
    expect(page.get_by_text("Nothing has been run yet.")).to_have_count(0)


@pytest.mark.parametrize(("said", "ticked"), [("false", False), ("true", True)])
def test_a_box_is_ticked_as_the_address_says(page: Page, said: str, ticked: bool) -> None:
    page.goto(f"/#/race?direct={said}")
    expect(page.get_by_label("Bypass nginx")).to_be_checked(checked=ticked)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("workload=tea", "“tea” is no workload here; io is chosen instead."),
        ("requests=many", "“many” is no number; this is the default."),
        ("direct=perhaps", "“perhaps” is neither true nor false; this is the default."),
        ("contender=apache", "No contender here: apache."),
        ("experiment=tea", "“tea” is no experiment of this view; Race is chosen instead."),
    ],
)
def test_what_an_address_asks_for_in_vain_is_said(page: Page, query: str, said: str) -> None:
    page.goto(f"/#/race?{query}")
    expect(page.get_by_text(said)).to_be_visible()


def test_another_experiment_keeps_the_chosen_contenders(page: Page) -> None:
    page.goto("/#/load?experiment=sweep&contender=gevent")
    page.get_by_role("button", name="Fixed rate").click()
    expect(page.get_by_label("Requests a second")).to_be_visible()
    expect(page.get_by_role("checkbox", name="gevent")).to_be_checked()
    expect(page.get_by_role("checkbox", name="sync")).not_to_be_checked()


def test_slow_clients_are_asked_for_no_workload(page: Page) -> None:
    page.goto("/#/victim?experiment=slow-clients")
    expect(page.get_by_role("spinbutton", name="Slow clients")).to_be_visible()
    expect(page.get_by_label("Workload")).to_be_hidden()


# --- outages --------------------------------------------------------------------------------------
# The routes fail what a lab cannot be asked to: a network that swallows, cuts, or loses one request of two.


def test_events_that_never_come_are_given_up_and_asked_for_again(page: Page, race: Made) -> None:
    page.clock.install()
    with page.expect_request("**/events"):
        page.route("**/events", lambda _: None)
        page.goto(f"/#/runs/{race.id}")
    expect(page.locator(".state")).to_have_text("loading")
    page.clock.fast_forward(41_000)
    expect(page.get_by_text("no answer in time")).to_be_visible()
    page.unroute("**/events")
    page.clock.run_for(2_000)
    expect(page.locator(".state")).to_have_text("done")
    expect(page.get_by_text("no answer in time")).to_be_hidden()


def test_events_that_end_at_once_are_not_asked_for_without_end(page: Page, race: Made) -> None:
    asked: list[str] = []

    def nothing(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=200, content_type="text/event-stream", body="")

    page.clock.install(time=0)
    page.route("**/events", nothing)
    page.clock.pause_at(1_000)
    page.goto(f"/#/runs/{race.id}")
    expect(page.locator(".state")).to_have_text("loading")
    for _ in range(10):
        page.evaluate("fetch('/healthz').then(answer => answer.text())")
    assert len(asked) == 1
    page.unroute("**/events")
    page.clock.run_for(1_500)
    expect(page.locator(".state")).to_have_text("done")


def test_a_library_that_does_not_come_is_not_blamed_on_the_rest_service(page: Page, race: Made) -> None:
    page.route("**/charts/race.js", lambda route: route.abort())
    page.goto(f"/#/runs/{race.id}")
    expect(page.get_by_text("The code that draws the picture does not arrive.")).to_be_visible()
    expect(page.get_by_text("The REST service does not answer.")).to_have_count(0)


def test_one_answer_does_not_hide_that_another_is_missing(page: Page, race: Made) -> None:
    held_back: list[Route] = []

    def hold(route: Route) -> None:
        held_back.append(route)

    page.clock.install(time=0)
    page.clock.pause_at(1_000)  # nothing is tried again
    page.route("**/starlette/experiments", lambda route: route.abort())
    page.route("**/starlette/runs?*", hold)
    page.goto("/#/race")
    expect(page.get_by_text("The REST service does not answer.")).to_be_visible()
    with page.expect_request_finished(lambda request: "/runs?" in request.url):
        held_back[0].continue_()
    page.evaluate("fetch('/healthz').then(answer => answer.text())")  # by then the page has read it too
    expect(page.get_by_text("The REST service does not answer.")).to_be_visible()


# --- export ---------------------------------------------------------------------------------------


def exported(page: Page, race: Made, kind: str) -> Path:
    page.goto(f"/#/runs/{race.id}")
    expect(page.locator(".state")).to_have_text("done")
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Export as {kind}").click()
    assert download.value.suggested_filename == f"race-{race.id}.{kind.lower()}"
    return Path(download.value.path())


def test_rows_are_exported_as_csv(page: Page, race: Made) -> None:
    rows = list(csv.DictReader(exported(page, race, "CSV").read_text().splitlines()))
    wanted = [(each["contender"], str(each["seq"])) for each in race.rows]
    assert [(each["contender"], each["seq"]) for each in rows] == wanted


def test_a_run_is_exported_as_json(page: Page, race: Made) -> None:
    document = json.loads(exported(page, race, "JSON").read_text())
    assert document["results"] == race.rows
    assert document["run"]["id"] == race.id


def test_the_picture_is_exported_as_svg(page: Page, race: Made) -> None:
    source = exported(page, race, "SVG").read_text()
    drawing = ET.fromstring(source)
    bars = [each for each in drawing.iter("{http://www.w3.org/2000/svg}rect") if each.get("data-seq")]
    assert len(bars) == 2 * len(race.rows)  # its wait and its work
    assert "light-dark" not in source  # it stands alone, without our style sheets
    assert "var(" not in source


def test_the_picture_is_exported_as_png(page: Page, race: Made) -> None:
    content = exported(page, race, "PNG").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 20_000
