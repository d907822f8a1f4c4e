"""The lab's cards: what each contender is, whether it is up, and each workload to try."""

import itertools
import re
import shlex

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.lab import ASGI, CATALOGUE, DEFAULTS, EARLY_MS, HOST, NAMES, PORT, UP, spoken

OPTIONAL = ("own", "own-image", "ab")  # profiles whose cards are hidden until they are started
WORKLOADS = ["hello", "whoami", "io", "cpu", "block", "pool", "mix", "fanout", "stream", "sse", "upload", "ws", "dump"]


def card(page: Page, contender: str) -> Locator:
    return page.locator(f".card[data-contender={contender}]")


def press(page: Page, contender: str, workload: str) -> Locator:
    """The answer box after a press on the workload's button."""
    card(page, contender).get_by_role("button").filter(has_text=re.compile(f"^{workload}$")).click()
    return card(page, contender).locator(".answer")


def test_a_card_says_what_the_contender_is_and_that_it_is_up(page: Page) -> None:
    page.goto("/")
    for row in UP:
        for field in ("title", "teaches", "server_version", "worker"):
            expect(card(page, row["name"])).to_contain_text(row[field])
        expect(card(page, row["name"]).locator(".status")).to_have_text("up")
        expect(card(page, row["name"]).locator(".end-of-line")).to_have_text(
            [re.compile(re.escape(row["end_of_line"]))] if "end_of_line" in row else []
        )
    absent = len([row for row in CATALOGUE if row.get("profile") not in OPTIONAL and row["name"] not in NAMES])
    expect(page.locator(".summary")).to_have_text(f"{len(NAMES)} up" + (f", {absent} not started" if absent else ""))
    expect(page.locator(".card").filter(visible=True)).to_have_count(len(NAMES) + absent)  # as many as it counts


def test_every_workload_can_be_tried(page: Page) -> None:
    page.goto("/")
    for workload in WORKLOADS:
        answer = press(page, "uvicorn", workload)
        expect(answer.locator(".command")).to_contain_text(f"/uvicorn/{workload}")
        expect(answer).to_have_attribute("data-state", "ok")
        expect(answer.locator("pre.body")).not_to_be_empty()
        expect(answer).to_be_in_viewport(ratio=0.99)  # also of a card whose lower edge is not


def test_an_answer_has_its_headers_its_body_its_command_and_its_times(page: Page) -> None:
    page.goto("/")
    for name in NAMES:
        answer = press(page, name, "io")
        expect(answer.locator(".answered")).to_have_text(re.compile(r"^200( OK)? in \d+\sms$"))
        expect(answer.locator("pre.body")).to_contain_text(f'"service": "{name}"')
        answer.get_by_text("Headers").click()
        expect(answer.locator("details pre")).to_contain_text("server-timing: queue;dur=")
        expect(answer.locator(".command")).to_contain_text(f"/{name}/io?ms=200")
        # The body is a fourth part where it comes late, on a busy machine.
        parts = answer.locator(".times > div").all()
        times = {str(part.get_attribute("class")): part.locator("dd").inner_text() for part in parts}
        shown = {part: float(time.removesuffix("\N{NO-BREAK SPACE}ms")) for part, time in times.items()}
        total = float(answer.locator(".answered").inner_text().split()[-2])
        assert 200 - EARLY_MS <= shown["app"] < total, (name, shown)
        assert sum(shown.values()) == pytest.approx(total, abs=2.1), (name, shown, total)  # each is rounded


@pytest.mark.failing_requests
def test_a_refusal_is_an_answer_too(page: Page) -> None:
    page.goto("/")
    answer = press(page, "gevent", "io")
    answer.locator("input").fill("io?ms=-1")
    answer.get_by_role("button", name="Send").click()
    expect(answer).to_have_attribute("data-state", "refused")
    expect(answer.locator(".answered")).to_contain_text("422")
    expect(press(page, "sync", "ws").locator(".answered")).to_contain_text("426")


def test_of_a_large_answer_the_beginning_is_shown(page: Page) -> None:
    page.goto("/")
    answer = press(page, "uvicorn", "hello")
    answer.locator("input").fill("mix?bytes=100000")
    answer.get_by_role("button", name="Send").click()
    expect(answer).to_have_attribute("data-state", "ok")
    expect(answer.locator("pre.body")).to_contain_text('"service":')
    expect(answer.locator("pre.body")).to_contain_text(re.compile(r"… first \d+ of 10\d{4} characters$"))


def test_the_command_for_a_websocket_is_answered_as_the_card_is(page: Page) -> None:
    page.goto("/")
    for name in ASGI:
        answer = press(page, name, "ws")
        expect(answer.locator(".answered")).to_contain_text("101")
        words = shlex.split(answer.locator(".command code").inner_text())
        headers = [word for option, word in itertools.pairwise(words) if option == "-H"]
        path = words[-1].removeprefix(f"{HOST}:{PORT}")
        head = [f"GET {path} HTTP/1.1", f"Host: {HOST}:{PORT}", *headers, "", ""]
        assert spoken("\r\n".join(head).encode()).status == 101, words


def test_a_websocket_that_is_closed_before_its_echo_is_no_answer(page: Page) -> None:
    page.route_web_socket("**/uvicorn/ws", lambda socket: socket.on_message(lambda _: socket.close()))
    page.goto("/")
    answer = press(page, "uvicorn", "ws")
    expect(answer.locator(".answered")).to_have_text("Failed: WebSocket closed before the echo.")
    expect(answer).to_have_attribute("data-state", "refused")


def test_a_busy_contender_is_not_called_down(page: Page) -> None:
    # As nginx reports it: a contender kept busy for that long would be so for every other test too.
    page.route("**/status.json", lambda route: route.fulfill(json=dict.fromkeys(NAMES, "") | {"gevent": "busy"}))
    page.goto("/")
    expect(card(page, "gevent").locator(".status")).to_have_text("busy: timeout")
    expect(card(page, "gevent").locator(".status")).to_have_attribute("data-state", "busy")
    expect(page.get_by_text("docker compose up -d gevent")).to_be_hidden()


@pytest.mark.fresh
def test_no_contender_is_checked_where_its_health_is_not_shown(page: Page) -> None:
    checked: list[str] = []
    page.clock.install()
    page.goto("/#/runs")
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    page.on("request", lambda request: checked.append(request.url) if request.url.endswith("/status.json") else None)
    page.clock.run_for(20_000)
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    assert not checked


def test_a_stream_is_shown_as_it_arrives(page: Page) -> None:
    page.goto("/")
    answer = press(page, "gevent", "stream")
    expect(answer.locator(".answered")).to_contain_text("arriving")
    expect(answer.locator("pre.body")).to_contain_text("chunk 1 of 5")
    expect(answer).to_have_attribute("data-state", "ok")
    expect(answer.locator("pre.body")).to_contain_text("chunk 5 of 5")
    expect(answer.locator(".times .stream")).to_be_visible()


def test_a_contender_that_is_not_up_is_dimmed_with_the_command_that_starts_it(page: Page) -> None:
    """Others are requested by every page, and are down."""
    found = dict.fromkeys([row["name"] for row in CATALOGUE], "") | dict.fromkeys(("granian", "sync"), "502")
    found |= {row["name"]: "502" for row in CATALOGUE if row.get("profile") in OPTIONAL}
    page.route("**/status.json", lambda route: route.fulfill(json=found))
    page.goto("/")
    absent, down = (page.locator(f".card[data-contender={name}]") for name in ("granian", "sync"))
    expect(absent.locator(".status")).to_have_text("not started")
    expect(absent.locator("code").first).to_have_text("COMPOSE_PROFILES=more scripts/up")
    expect(down.locator(".status")).to_have_text("down (502)")
    expect(down.locator("code").first).to_have_text("docker compose up -d sync")
    up = len([name for name in found if found[name] == ""])
    expect(page.locator(".summary")).to_have_text(f"1 down, {up} up, 1 not started")
    page.goto("/#/race?workload=io")  # or the form would begin with the latest run
    choice = page.locator(".choice", has=page.locator("input[value=granian]"))
    expect(choice).to_have_text(re.compile("not started"))
    expect(choice).to_have_attribute("title", re.compile("COMPOSE_PROFILES=more scripts/up"))
    expect(page.locator(".choice :checked")).to_have_count(len(DEFAULTS))


def test_of_an_image_of_yours_nothing_is_shown_that_is_not_known(page: Page) -> None:
    page.route("**/status.json", lambda route: route.fulfill(json=dict.fromkeys([*NAMES, "own-image"], "")))
    page.goto("/")
    addresses = f"/own-image/ own-image.localhost:{PORT}"
    expect(card(page, "own-image").locator(".facts dd")).to_have_text(["HTTP", "yours", addresses])
    expect(card(page, "own-image").locator("button.try")).to_have_text(["/"])


def test_the_interface_of_your_application_is_the_one_that_runs(page: Page) -> None:
    """The catalogue has that of the server's example."""
    page.route("**/status.json", lambda route: route.fulfill(json=dict.fromkeys([*NAMES, "own-granian"], "")))
    runs = {"interface": "wsgi", "server": "granian", "server_version": "2.8.7", "worker": "wsgi"}
    page.route("**/own-granian/.well-known/serverlab/whoami", lambda route: route.fulfill(json=runs))
    page.goto("/")
    addresses = f"/own-granian/ own-granian.localhost:{PORT}"
    facts = card(page, "own-granian").locator(".facts dd")
    expect(facts).to_have_text(["WSGI", "granian 2.8.7", "wsgi", "yours", addresses])
