"""The contract's addresses: the lab's own pages, the redirect, and what is served nowhere."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.lab import CATALOGUE, answered, ask, get, problem, told


def test_the_landing_page_allows_nothing_from_outside() -> None:
    page = answered(get("/"), 200, "text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"], told(page)
    assert "serverlab" in page.text, told(page)


def test_the_catalogue_is_the_one_of_the_project() -> None:
    served = answered(get("/catalog.json"), 200, "application/json").json()
    assert served == CATALOGUE == json.loads(Path("services/catalog.json").read_text())


def test_the_edge_says_that_it_is_healthy() -> None:
    healthy = answered(get("/healthz"), 200, "text/plain")
    assert healthy.text == "ok\n"
    assert re.fullmatch(r"1\.\d+\.\d+", healthy.headers["X-Nginx-Version"])
    assert healthy.headers.keys() >= {"X-Request-Id"}


def test_no_other_answer_tells_the_version_of_nginx() -> None:
    for path in ("/", "/catalog.json", "/nope", "/sync/hello"):
        headers = get(path).headers
        assert (headers["Server"], "X-Nginx-Version" in headers) == ("nginx", False), f"{path}: {headers}"


@pytest.mark.parametrize("query", ["", "?x=1&y=%2F"])
def test_a_contender_without_its_slash_redirects_to_the_same_host_and_port(contender: str, query: str) -> None:
    moved = answered(get(f"/{contender}{query}"), 301)
    assert moved.headers["Location"] == f"/{contender}/{query}", told(moved)


@pytest.mark.parametrize("path", ["/nope", "/nope/hello", "/syncx/hello", "/gevent.", "/index.html/x", "/backend/io"])
def test_an_unknown_path_is_404(path: str) -> None:
    assert problem(get(path), 404)["instance"] == path


def test_an_unknown_path_of_a_contender_is_404(contender: str) -> None:
    for path in ("nope", "io/", "hello/x", "HELLO", "internal/claim"):
        assert problem(get(f"/{contender}/{path}"), 404)["instance"] == f"/{contender}/{path}"


def test_a_path_with_quotes_is_refused_as_valid_json() -> None:
    assert problem(get('/nope"\\'), 404)["title"] == "Not Found"


def test_a_file_is_answered_to_get_and_head_only() -> None:
    assert problem(ask("POST", "/"), 405)["title"] == "Method Not Allowed"


def test_the_edges_own_answers_carry_a_request_id() -> None:
    for path in ("/", "/catalog.json", "/healthz", "/nope"):
        response = get(path)
        assert len(response.headers["X-Request-Id"]) == 32, told(response)
