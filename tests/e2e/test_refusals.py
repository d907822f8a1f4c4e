"""What a contender's application refuses: always a problem document, never a traceback, never HTML."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.e2e.lab import answered, ask, describe, get, problem, spoken

# path, and what the refusal must name: the parameter, its value, its range
BAD_INPUT = [
    ("io?ms=10001", ("ms", "10001", "0 to 10000")),
    ("io?ms=", ("ms", "''", "0 to 10000")),
    ("io?ms=nan", ("ms", "'nan'", "0 to 10000")),
    ("io?ms=%F0%9F%90%8D", ("ms", "0 to 10000")),
    ("io?ms=1&ms=2", ("ms", "1, 2", "once")),
    ("cpu?ms=-1", ("ms", "-1", "0 to 2000")),
    ("block?ms=soon", ("ms", "'soon'", "0 to 10000")),
    ("mix?bytes=1048577", ("bytes", "1048577", "0 to 1048576")),
    ("fanout?n=0", ("n", "0", "1 to 50")),
    ("stream?chunks=1.5", ("chunks", "1.5", "whole", "1 to 1000")),
    ("sse?events=1001", ("events", "1001", "1 to 1000")),
]
READ_ONLY = ["hello", "healthz", "whoami", "dump", "io", "cpu", "block", "pool", "mix", "fanout", "stream", "sse", "ws"]
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


def test_bad_input_is_refused_by_name_value_and_range(contender: str) -> None:
    for path, named in BAD_INPUT:
        response = get(f"/{contender}/{path}")
        detail = problem(response, 422)["detail"]
        assert all(each in detail for each in named), f"wanted {named}: {describe(response)}"


def test_an_unknown_parameter_is_none_of_the_workloads_business(contender: str) -> None:
    assert answered(get(f"/{contender}/io?ms=1&_=173"), 200).json()["params"] == {"ms": 1}


def test_an_unknown_path_is_404(contender: str) -> None:
    for path in ("nope", "io/", "hello/x", "HELLO", "runsx", "docsx/y"):
        refused = get(f"/{contender}/{path}")
        assert problem(refused, 404)["instance"] == f"/{contender}/{path}", describe(refused)


def test_a_method_that_is_not_answered_is_405_with_allow(contender: str) -> None:
    rows = [("POST", path, {"GET", "HEAD"}) for path in READ_ONLY]
    rows += [(method, "hello", {"GET", "HEAD"}) for method in ("PUT", "PATCH", "DELETE", "OPTIONS")]
    rows += [(method, "upload", {"POST"}) for method in ("GET", "PUT")]
    for method, path, allowed in rows:
        refused = ask(method, f"/{contender}/{path}")
        problem(refused, 405)
        assert set(refused.headers["Allow"].split(", ")) == allowed, f"wanted {allowed}: {describe(refused)}"


def test_drills_are_started_by_their_script_alone() -> None:
    answered(get("/drills/"), 200, "application/json")
    refused = ask("POST", "/drills/", json={})
    assert "scripts/drills" in problem(refused, 405)["detail"], describe(refused)
    assert refused.headers["Allow"] == "GET, HEAD", describe(refused)
    answered(ask("POST", "/starlette/runs", json={"experiment": "drills"}), 422)


def test_head_is_get_without_the_body(contender: str) -> None:
    for path in ("", *SHORT):
        head, whole = ask("HEAD", f"/{contender}/{path}"), get(f"/{contender}/{path}")
        assert (head.status_code, head.content) == (whole.status_code, b""), describe(head)
        assert head.headers["Content-Type"] == whole.headers["Content-Type"], describe(head)


def test_a_body_over_1_mib_is_413_where_no_upload_is(contender: str) -> None:
    refused = ask("POST", f"/{contender}/io", data=b"", headers={"Content-Length": str(1024 * 1024 + 1)})
    assert "1 MiB" in problem(refused, 413)["detail"], describe(refused)


def test_what_nginx_lets_pass_reaches_the_application(contender: str) -> None:
    """Up to nginx's own limits, which the servers' are not below, but granian\'s of 100 headers."""
    many = {f"X-{number}": "1" for number in range(150)}
    for headers, status in (({"X-Long": "x" * 8000}, 200), (many, 431 if contender == "granian" else 200)):
        answered(get(f"/{contender}/hello", headers=headers), status)
    assert answered(get(f"/{contender}/hello?{'x' * 8000}"), 200).content == b"Hello, World!\n"


def test_a_method_that_nobody_knows_is_refused_and_never_with_a_traceback(contender: str) -> None:
    """By the server itself or its application, in its own words."""
    for method in ("FOO", "A", "X" * 26):
        request = f"{method} /{contender}/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        response = spoken(request.encode())
        got = response.status, response.body  # type: ignore[attr-defined]
        assert got[0] in (400, 405, 501), f"{method} /{contender}/hello: {got}"
        assert b"Traceback" not in got[1], f"{method} /{contender}/hello: {got}"


def test_a_host_longer_than_a_dns_name_is_refused_before_anything_is_done() -> None:
    """The records would repeat it in Location and Link, which nginx could not take from them."""
    for length, status in ((253, 200), (256, 400), (4096, 400)):
        request = f"GET /starlette/runs?limit=1 HTTP/1.1\r\nHost: {'a' * length}\r\nConnection: close\r\n\r\n"
        response = spoken(request.encode())
        assert response.status == status, f"a Host of {length} bytes: wanted {status}, got {response.status}"


def test_a_body_that_nobody_reads_costs_no_answer(contender: str) -> None:
    """A sync worker that closes with unread bytes has its connection reset, and with it the answer."""
    rows = [("POST", "io", 405), ("POST", "nope", 404), ("GET", "hello", 200)]
    with ThreadPoolExecutor(8) as clients:
        for method, path, status in rows:
            body = bytes(1_000_000)
            sent = [clients.submit(ask, method, f"/{contender}/{path}", data=body) for _ in range(40)]
            got = Counter(each.result().status_code for each in sent)
            assert got == {status: 40}, f"{method} /{contender}/{path} with a body of {len(body)} bytes: {got}"
