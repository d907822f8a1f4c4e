"""What a contender refuses: always a problem document, never a traceback, never HTML."""

import pytest

from tests.e2e.lab import answered, ask, get, problem, told

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
