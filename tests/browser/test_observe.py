"""Observe: the panels of the Grafana dashboard, drawn from Prometheus' API; without it, what starts it.

The API is given, as the lab of this suite has no Prometheus: tests/observe runs the queries in a real one.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chromium import NARROW, axe_finds, picture
from tests.browser.recorded import MOMENT
from tests.e2e.lab import answered, get

NEEDS = ("lab", "records")

REGEX = re.compile(r'contender=~"(.+?)"')
INTERVAL = 5000  # ms between two refreshes


@pytest.fixture(scope="module")
def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answered(get("/dashboard.json"), 200, "application/json").json()["panels"]
    return found


Answer = Callable[[Route, str, dict[str, str]], None]


class Prometheus:
    """The API, and whether the contenders report that they are instrumented."""

    def __init__(self, page: Page, observe: str = "prometheus", answer: Answer | None = None) -> None:
        self.observe, self.answer = observe, answer or samples
        self.queries: list[str] = []
        page.route("**/usage", lambda route: route.fulfill(json={"switches": {"OBSERVE": self.observe}}))
        page.route("**/prometheus/api/v1/**", self._fulfil)

    def _fulfil(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.queries.append(params["query"])
        self.answer(route, parts.path.rpartition("/")[2], params)


def result(route: Route, series: list[dict[str, Any]]) -> None:
    route.fulfill(json={"status": "success", "data": {"resultType": "matrix", "result": series}})


def samples(route: Route, path: str, params: dict[str, str]) -> None:
    """sync has 2, and uvicorn 0.5, but for what is no number in the middle."""
    names = {"sync": "2", "uvicorn": "0.5"}
    if path == "query":
        return result(route, [{"metric": {"contender": name}, "value": [MOMENT + 3.5, "1"]} for name in names])
    start, end, step = (int(params[each]) for each in ("start", "end", "step"))
    assert (end, step) == (MOMENT, 15 if end - start == 3600 else 5), params
    if (wanted := REGEX.search(params["query"])) is None:
        return result(route, [{"metric": {}, "values": [[at, "7"] for at in range(start, end + 1, step)]}])
    series = [
        {
            "metric": {"contender": name},
            "values": [
                [at, "NaN" if name == "uvicorn" and at == end - 10 * step else value]
                for at in range(start, end + 1, step)
            ],
        }
        for name, value in names.items()
        if re.fullmatch(wanted[1], name)
    ]
    return result(route, series)


def nothing(route: Route, _: str, __: dict[str, str]) -> None:
    result(route, [])


def down(route: Route, _: str, __: dict[str, str]) -> None:
    detail = "prometheus is down or timed out. `OBSERVE=prometheus scripts/up` starts it."
    route.fulfill(status=502, content_type="application/problem+json", json={"title": "Bad Gateway", "detail": detail})


def rejected(route: Route, path: str, params: dict[str, str]) -> None:
    """Of all queries one."""
    if "event_loop" not in params["query"]:
        samples(route, path, params)
    else:
        error = {"status": "error", "errorType": "bad_data", "error": "parse error: unexpected )"}
        route.fulfill(status=400, json=error)


def test_each_panel_is_drawn_as_the_grafana_dashboard_has_it(page: Page, panels: list[dict[str, Any]]) -> None:
    prometheus = Prometheus(page)
    page.goto("/#/observe?contender=uvicorn&contender=gone&minutes=7")
    expect(page.locator(".metric canvas")).to_have_count(len(panels))
    expect(page.locator(".metric h2")).to_have_text([panel["title"] for panel in panels])
    expect(page.locator(".metric > .aside")).to_have_text([panel["description"] for panel in panels])
    expect(page.locator(".observe-controls .error")).to_have_text(
        "minutes=7 is none of 5, 15, 60; using 5. Prometheus has no samples of gone."
    )
    shown = [target["expr"] for panel in panels for target in panel["targets"]]
    wanted = [each.replace("$__rate_interval", "20s").replace("$contender", "uvicorn") for each in shown]
    expect(page.locator(".metric .command code")).to_have_text(wanted)
    assert not set(wanted) - set(prometheus.queries)
    page.get_by_role("checkbox", name="sync").check()
    page.get_by_role("button", name="15 min").click()
    expect(page).to_have_url(re.compile(r"#/observe\?minutes=15$"))
    page.get_by_text("Latest values as a table").click()
    requests = page.locator("tbody tr", has_text="Requests")
    expect(requests).to_have_text(["Requestssync2 req/s2 req/s2 req/s", "Requestsuvicorn0.5 req/s0.5 req/s0.5 req/s"])
    expect(page.locator("tbody tr", has_text="Duration")).to_have_count(4)
    picture(page, "observe-wide")
    assert not axe_finds(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(dict(zip(("width", "height"), NARROW, strict=True)))
    expect(page.locator(".metric .legend li").nth(1)).to_have_text("uvicorn 0.5 req/s")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    picture(page, "observe-narrow")
    assert not axe_finds(page, only=["color-contrast"])
    page.get_by_role("checkbox", name="sync").uncheck()
    page.get_by_role("checkbox", name="uvicorn").uncheck()
    expect(page.locator(".observe-controls .error")).to_have_text("Choose at least one contender.")


@pytest.mark.fresh
@pytest.mark.failing_requests
def test_it_says_what_is_missing_and_goes_on_when_that_is_there(page: Page, panels: list[dict[str, Any]]) -> None:
    page.clock.install()
    prometheus = Prometheus(page, observe="otel")
    page.goto("/#/observe")
    expect(page.locator(".empty")).to_contain_text("This lab runs without Prometheus.")
    expect(page.locator(".empty .command code")).to_have_text("OBSERVE=prometheus scripts/up")
    expect(page.locator(".empty").get_by_role("button", name="Copy")).to_be_visible()
    assert not prometheus.queries, "the browser's console would report a refused request every few seconds"
    assert not axe_finds(page)
    picture(page, "observe-without")
    prometheus.observe, prometheus.answer = "prometheus,otel", down
    page.clock.fast_forward(INTERVAL)
    expect(page.locator(".notice")).to_contain_text("Prometheus is unreachable.")
    expect(page.locator(".notice .command")).to_have_text("docker compose up -d prometheus")
    expect(page.locator(".notice")).to_have_css("opacity", "1")
    picture(page, "observe-down")
    prometheus.answer = nothing
    page.clock.fast_forward(INTERVAL)
    expect(page.locator(".empty")).to_contain_text("Prometheus has no samples yet.")
    expect(page.locator(".notice")).to_be_hidden()
    prometheus.answer = rejected
    page.clock.fast_forward(INTERVAL)
    lag = page.locator(".metric", has=page.get_by_role("heading", name="Event loop lag"))
    expect(lag.locator(".error")).to_contain_text("parse error: unexpected )")
    expect(page.locator(".metric canvas")).to_have_count(len(panels) - 1)
    prometheus.answer = down
    page.clock.fast_forward(INTERVAL)
    expect(page.locator(".notice")).to_contain_text("Prometheus is unreachable.")
    expect(page.locator(".metric canvas").first).to_be_visible()
    picture(page, "observe-lost")
    prometheus.answer = samples
    page.clock.fast_forward(INTERVAL)
    expect(page.locator(".notice")).to_be_hidden()
    expect(lag.locator(".error")).to_be_hidden()
    page.get_by_role("button", name="Pause").click()
    before = len(prometheus.queries)
    page.clock.fast_forward(2 * INTERVAL)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "false")
    expect(lag.locator("canvas")).to_be_visible()
    assert len(prometheus.queries) <= before + 1 + sum(len(panel["targets"]) for panel in panels)


def span(name: str, parent: str, service: str, start: int, end: int, kind: str = "server") -> dict[str, Any]:
    """Times in ms; the id is the name."""
    times = {"start": MOMENT + start / 1000, "end": MOMENT + end / 1000}
    return {"span": name, "parent": parent, "service": service, "kind": kind, "name": name, **times}


def test_a_request_is_drawn_as_a_trace_when_its_spans_arrive(page: Page) -> None:
    Prometheus(page, observe="otel")
    calls = [span(f"call {each}", "GET /sync/fanout", "backend", 10 + each, 70 + each) for each in (3, 1, 2)]
    inner = [
        span("send", "GET /sync/fanout", "sync", 80, 81, "internal"),
        span("GET /sync/fanout", "edge", "sync", 5, 90),
    ]
    first = [span("edge", "the client's", "nginx", 0, 100)]
    looks, sent = [first, [*calls, *first, *inner]], list[str]()

    def begin(route: Route) -> None:
        sent.append(route.request.headers["traceparent"].split("-")[1])
        route.fulfill(json={})

    def spans(route: Route) -> None:
        assert route.request.url.endswith(f"/traces/{sent[0]}")
        route.fulfill(json={"spans": looks.pop(0) if len(looks) > 1 else looks[0]})

    page.route("**/sync/fanout?n=3&ms=50", begin)
    page.route("**/traces/*", spans)
    page.goto("/#/observe")
    traces = page.locator(".traces")
    traces.get_by_label("Contender").select_option("sync")
    traces.get_by_role("button", name="Send").click()
    rows = traces.locator("tbody tr")
    expect(rows.locator("td:nth-child(5)")).to_have_text(
        ["edge", "GET /sync/fanout", "call 1", "call 2", "call 3", "send"]
    )
    expect(traces.get_by_role("status")).to_have_text(f"Trace {sent[0]}")
    expect(rows.nth(2).locator("rect")).to_have_attribute("width", re.compile(r"^60(\.0*\d+)?%$|^59\.9+\d*%$"))
    assert not axe_finds(page)
    picture(page, "observe-trace")
    page.set_viewport_size(dict(zip(("width", "height"), NARROW, strict=True)))
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    picture(page, "observe-trace-narrow")
