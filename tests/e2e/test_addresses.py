"""The contract's addresses: the lab's own pages, the redirect, and what is served nowhere."""

import json
import re
from pathlib import Path

from tests.e2e.lab import CATALOGUE, NAMES, answered, ask, describe, get, problem, spoken


def test_the_landing_page_allows_nothing_from_outside() -> None:
    page = answered(get("/"), 200, "text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"], describe(page)
    assert "serverlab" in page.text, describe(page)


def test_the_catalogue_is_the_one_of_the_project() -> None:
    served = answered(get("/catalog.json"), 200, "application/json").json()
    assert served == CATALOGUE == json.loads(Path("services/catalog.json").read_text())


def test_the_edge_says_that_it_is_healthy_and_nothing_else_its_version() -> None:
    healthy = answered(get("/healthz"), 200, "text/plain")
    assert healthy.text == "ok\n", describe(healthy)
    assert re.fullmatch(r"1\.\d+\.\d+", healthy.headers["X-Nginx-Version"]), describe(healthy)
    for path in ("/", "/catalog.json", "/nope", "/sync/hello"):
        headers = get(path).headers
        assert (headers["Server"], "X-Nginx-Version" in headers) == ("nginx", False), f"{path}: {headers}"


def test_the_status_of_every_contender_is_one_response() -> None:
    """Empty of one that is up. Nothing is below it: what it includes is internal."""
    got = answered(get("/status.json"), 200, "application/json").json()
    assert list(got) == [row["name"] for row in CATALOGUE]
    assert {name: got[name] for name in NAMES} == dict.fromkeys(NAMES, ""), got
    for path in ("/status/sync/healthz", "/status/", "/status/sync/internal/stop"):
        problem(get(path), 404)


def test_the_edges_own_answers_carry_a_request_id() -> None:
    for path in ("/", "/catalog.json", "/healthz", "/nope"):
        response = get(path)
        assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-Id"]), describe(response)


def test_a_contender_without_its_slash_redirects_to_the_same_host_and_port() -> None:
    for name in NAMES:
        for query in ("", "?x=1&y=%2F"):
            moved = answered(get(f"/{name}{query}"), 301)
            assert moved.headers["Location"] == f"/{name}/{query}", describe(moved)


def test_an_unknown_path_is_404() -> None:
    for path in ("/nope", "/nope/hello", "/syncx/hello", "/gevent.", "/index.html/x", "/backend/io", "/records/runs"):
        refused = get(path)
        assert problem(refused, 404)["instance"] == path, describe(refused)
    assert problem(get('/nope"\\'), 404)["title"] == "Not Found"


def test_nginx_itself_refuses_in_problem_documents() -> None:
    posted = ask("POST", "/")
    assert (problem(posted, 405)["title"], posted.headers["Allow"]) == ("Method Not Allowed", "GET, HEAD"), describe(
        posted
    )
    problem(get("/catalog.json", headers={"If-Match": '"x"'}), 412)
    problem(get("/sync/hello", headers={"X-Long": "x" * 40_000}), 400)
    problem(get(f"/sync/hello?{'x' * 40_000}"), 414)
    for line, status in (
        ("GET /sync/hello HTTP/2.5", 505),
        ("GET /sync/\x01 HTTP/1.1", 400),
        ("TRACE / HTTP/1.1", 405),
    ):
        refused = spoken(f"{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        got = refused.status, refused.headers["Content-Type"]
        assert got == (status, "application/problem+json"), f"{line!r}: wanted {status}, got {got}"


def test_a_refused_range_is_no_error() -> None:
    whole = get("/catalog.json", headers={"Range": "bytes=99999999-"})
    assert (whole.status_code, whole.headers["X-Request-Id"].count(",")) == (200, 0), describe(whole)
