"""What a contender refuses: always a problem document, never a traceback, never HTML."""

import json
from typing import Any

import pytest

from tests.e2e.lab import answered, ask, get, problem, spoken, told

# path, and what the refusal must name: the parameter, its value, its range
BAD_INPUT = [
    ("io?ms=-1", ("ms", "-1", "0 to 10000")),
    ("io?ms=10001", ("ms", "10001", "0 to 10000")),
    ("io?ms=", ("ms", "''", "0 to 10000")),
    ("io?ms=soon", ("ms", "'soon'", "0 to 10000")),
    ("io?ms=nan", ("ms", "'nan'", "0 to 10000")),
    ("io?ms=1e3", ("ms", "'1e3'", "0 to 10000")),
    ("io?ms=%F0%9F%90%8D", ("ms", "0 to 10000")),
    ("io?ms=1&ms=2", ("ms", "1, 2", "once")),
    ("cpu?ms=2001", ("ms", "2001", "0 to 2000")),
    ("block?ms=99999", ("ms", "99999", "0 to 10000")),
    ("mix?bytes=1048577", ("bytes", "1048577", "0 to 1048576")),
    ("mix?cpu_ms=-0.5", ("cpu_ms", "-0.5", "0 to 2000")),
    ("fanout?n=0", ("n", "0", "1 to 50")),
    ("fanout?n=51", ("n", "51", "1 to 50")),
    ("stream?chunks=1.5", ("chunks", "1.5", "whole", "1 to 1000")),
    ("sse?events=1001", ("events", "1001", "1 to 1000")),
]
READ_ONLY = ["hello", "healthz", "whoami", "dump", "io", "cpu", "block", "mix", "fanout", "stream", "sse", "ws"]


@pytest.mark.parametrize(("path", "named"), BAD_INPUT)
def test_bad_input_is_refused_by_name_value_and_range(contender: str, path: str, named: tuple[str, ...]) -> None:
    response = get(f"/{contender}/{path}")
    detail = problem(response, 422)["detail"]
    assert all(each in detail for each in named), told(response)


def test_an_unknown_parameter_is_none_of_the_workloads_business(contender: str) -> None:
    assert answered(get(f"/{contender}/io?ms=1&_=173"), 200).json()["params"] == {"ms": 1}


@pytest.mark.parametrize("path", READ_ONLY)
def test_a_method_that_is_not_answered_is_405_with_allow(contender: str, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        refused = ask(method, f"/{contender}/{path}")
        problem(refused, 405)
        assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD"}, told(refused)


def test_an_upload_is_posted(contender: str) -> None:
    for method in ("GET", "PUT"):
        refused = ask(method, f"/{contender}/upload")
        problem(refused, 405)
        assert refused.headers["Allow"] == "POST", told(refused)


SHORT = [
    "hello",
    "healthz",
    "whoami",
    "dump",
    "io?ms=1",
    "fanout?n=1&ms=1",
    "stream?ms=1",
    "sse?ms=1",
    "nope",
    "io?ms=x",
]


@pytest.mark.parametrize("path", ["", *SHORT])
def test_head_is_get_without_the_body(contender: str, path: str) -> None:
    head, whole = ask("HEAD", f"/{contender}/{path}"), get(f"/{contender}/{path}")
    assert (head.status_code, head.content) == (whole.status_code, b""), told(head)
    assert head.headers["Content-Type"] == whole.headers["Content-Type"], told(head)


def test_a_body_over_1_mib_is_413_where_no_upload_is(contender: str) -> None:
    refused = ask("POST", f"/{contender}/io", data=b"", headers={"Content-Length": str(1024 * 1024 + 1)})
    assert "1 MiB" in problem(refused, 413)["detail"]


def test_headers_without_end_are_refused(contender: str) -> None:
    problem(get(f"/{contender}/hello", headers={"X-Long": "x" * 40_000}), 400)


def test_a_request_line_without_end_is_refused(contender: str) -> None:
    problem(get(f"/{contender}/hello?{'x' * 40_000}"), 414)


# --- what a server would refuse by itself, before its application hears of it -----------------------------------------

RAW_BYTES = ["\u00fc", "\x01", "\x7f", "a\tb"]
HOST_LINE = "Host: localhost\r\nConnection: close\r\n"


def said(request: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    """The answer to a request, word for word: status, headers and problem document."""
    response = spoken(request.encode())
    headers = {name.lower(): value for name, value in response.headers.items()}
    assert headers["content-type"] == "application/problem+json", f"{request[:60]!r}: {response.body[:200]!r}"  # type: ignore[attr-defined]
    return response.status, headers, json.loads(response.body)  # type: ignore[attr-defined]


@pytest.mark.parametrize("byte", RAW_BYTES)
def test_a_path_that_is_no_uri_is_400(contender: str, byte: str) -> None:
    assert said(f"GET /{contender}/io?ms={byte} HTTP/1.1\r\n{HOST_LINE}\r\n")[0] == 400


@pytest.mark.parametrize("method", ["FOO", "PRI", "A", "X" * 26, "TRACE"])
def test_a_method_that_nobody_knows_is_405_with_allow(contender: str, method: str) -> None:
    status, headers, _ = said(f"{method} /{contender}/hello HTTP/1.1\r\n{HOST_LINE}\r\n")
    assert (status, {"GET", "HEAD"} <= set(headers["allow"].split(", "))) == (405, True)


@pytest.mark.parametrize("byte", ["\x01", "\x7f"])
def test_a_header_with_a_control_character_is_400_or_nobodys_business(contender: str, byte: str) -> None:
    request = f"GET /{contender}/hello HTTP/1.1\r\n{HOST_LINE}X-Odd: a{byte}b\r\n\r\n"
    if spoken(request.encode()).status != 200:
        status, headers, document = said(request)
        assert (status, document["status"]) == (400, 400)
        assert headers["server-timing"] == "app;dur=0"


@pytest.mark.parametrize(
    "extra", ["Content-Type: a/b\r\nContent-Type: c/d\r\n", "X-A: 1\r\n" * 200, f"X-Long: {'x' * 8170}\r\n"]
)
def test_many_and_long_headers_are_answered_like_any_other_request(contender: str, extra: str) -> None:
    request = f"GET /{contender}/hello HTTP/1.1\r\n{HOST_LINE}{extra}\r\n"
    if spoken(request.encode()).status != 200:
        assert said(request)[0] == 400


def test_a_long_query_that_nginx_passes_on_is_answered(contender: str) -> None:
    assert answered(get(f"/{contender}/hello?{'x' * 8000}"), 200).content == b"Hello, World!\n"


@pytest.mark.parametrize("newline", ["hello%0A", "hello%0D%0A", "a%0Ab"])
def test_a_path_with_a_newline_is_another_path(contender: str, newline: str) -> None:
    assert problem(get(f"/{contender}/{newline}"), 404)["instance"] == f"/{contender}/{newline}"


def test_nginx_itself_refuses_in_problem_documents_too() -> None:
    problem(get("/catalog.json", headers={"If-Match": '"x"'}), 412)
    assert said(f"GET /sync/hello HTTP/2.5\r\n{HOST_LINE}\r\n")[0] == 505
    assert ask("POST", "/catalog.json").headers["Allow"] == "GET, HEAD"
    unranged = get("/catalog.json", headers={"Range": "bytes=99999999-"})
    assert (unranged.status_code, unranged.headers["X-Request-Id"].count(",")) == (200, 0), told(unranged)
