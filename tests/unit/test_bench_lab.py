"""What the bench takes for a right answer to each workload: what the real applications answer, and nothing less."""

import re
from contextlib import nullcontext
from typing import Any

import pytest
from pydantic import ValidationError

from bench.loadgen import Request
from bench.target import lab
from experiments.registry import EXPERIMENTS
from experiments.schema.params import unfit
from tests.unit.test_codebases import CODEBASES, Ask

REQUESTED: dict[str, dict[str, Any]] = {
    "hello": {},
    "whoami": {},
    "io": {"ms": 0},
    "cpu": {"ms": 0},
    "block": {"ms": 0},
    "mix": {"io_ms": 0, "cpu_ms": 0, "bytes": 1000},
    "stream": {"chunks": 12, "ms": 0},
    "sse": {"events": 12, "ms": 0},
}


def test_a_right_answer_is_right_and_one_that_ends_before_or_is_less_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE", "gevent")
    for codebase, fetch in CODEBASES.items():
        for workload, params in REQUESTED.items():
            request, body = requested(fetch, workload, params)
            place = f"{codebase} {workload}"
            assert request.fault(200, body) is None, f"{place}: wanted {body[:300]!r} taken for right"
            assert request.fault(200, body[: len(body) // 2]) == "wrong body", place
        for workload, less in (("mix", {"bytes": 10}), ("stream", {"chunks": 1}), ("sse", {"events": 2})):
            request, _ = requested(fetch, workload, REQUESTED[workload])
            _, body = requested(fetch, workload, REQUESTED[workload] | less)
            assert request.fault(200, body) == "wrong body", f"{codebase} {workload} of {less}"


def requested(fetch: Ask, workload: str, params: dict[str, Any]) -> tuple[Request, bytes]:
    request = lab.request("gevent", workload, params, direct=False)
    return request, fetch(request.payload.split(b" ")[1].decode().removeprefix("/gevent")).body


# --- a request of the user's own -------------------------------------------------------------------------


def test_a_request_of_the_user_s_is_sent_as_it_was_given_below_the_contender_s_path() -> None:
    params = EXPERIMENTS["race"].read(
        {
            "workload": "request",
            "path": "/items?limit=3",
            "method": "POST",
            "headers": ["Content-Type: text/plain", "X-Empty:", "Host: shop.example"],
            "body": "größer",
            "expect": 201,
        }
    )
    request = lab.request_of(params, "own-uvicorn")
    head, _, body = request.payload.decode("latin-1").partition("\r\n\r\n")
    assert head.split("\r\n") == [
        "POST /own-uvicorn/items?limit=3 HTTP/1.1",
        "Host: shop.example",
        "Content-Type: text/plain",
        "X-Empty: ",
        "Content-Length: 8",
    ]
    assert body.encode("latin-1") == "größer".encode()
    assert (request.fault(201, b"anything"), request.fault(200, b"")) == (None, "status 200")


def test_the_lab_s_own_paths_are_none_that_an_application_could_have() -> None:
    hello = lab.hello("own-sync", direct=False)
    assert hello.payload.startswith(b"GET /own-sync/.well-known/serverlab/healthz ")
    assert (hello.fault(200, b"ok\n"), hello.fault(200, b"mine")) == (None, "wrong body")


def test_an_image_is_probed_at_the_path_of_its_health_which_answers_what_it_likes() -> None:
    hello = lab.hello("own-image", direct=False)
    assert hello.payload.startswith(b"GET /own-image/.well-known/serverlab/healthz ")
    for status, wanted in ((200, None), (302, None), (399, None), (400, "status 400"), (503, "status 503")):
        assert hello.fault(status, b"anything") == wanted


def test_a_mistake_in_a_request_of_the_user_s_is_named() -> None:
    rows: list[tuple[str, Any, str]] = [
        ("path", "items", "must start with / and contain no spaces"),
        ("path", "/größe", "percent-encode"),
        ("headers", ["Accept"], "'Accept' is not in 'Name: value' form"),
        ("headers", ["A: b\r\nHost: c"], "'Name: value' form"),
        (
            "headers",
            ["Connection: close"],
            "Connection cannot be sent: a hop-by-hop header ends at nginx; bypass nginx",
        ),
        ("headers", ["TE: trailers"], "TE cannot be sent: a hop-by-hop header ends at nginx"),
        ("headers", ["content-length: 3"], "content-length cannot be sent: the bench computes it from the body"),
        ("headers", ["Transfer-Encoding: chunked"], "the bench sends a body with its length; leave it out"),
        ("headers", ["Upgrade: websocket"], "the bench goes on with HTTP/1.1"),
        ("headers", ["Host: a", "host: b"], "Host cannot be sent: it can be sent once only"),
        ("method", "HEAD", "GET"),
        ("expect", 99, "greater than or equal to 200"),
        ("body", "x" * 65_537, "at most 65536 characters"),
    ]
    for member, value, wanted in rows:
        with pytest.raises(ValidationError, match=re.escape(wanted)):
            EXPERIMENTS["rate"].read({"workload": "request", member: value})


def test_a_header_for_one_connection_is_sent_where_that_ends_at_the_contender() -> None:
    for headers, wrong in (
        (["Connection: close", "TE: trailers", "Accept: a", "Accept: b"], ""),
        (["Connection: keep-alive"], ""),
        (["Connection: upgrade"], "its value may be close or keep-alive"),
        (["Connection: close", "Connection: keep-alive"], "it can be sent once only"),
        (["Upgrade: h2c"], "leave it out"),
    ):
        params: Any = {"workload": "request", "headers": headers, "direct": True}
        with pytest.raises(ValidationError, match=wrong) if wrong else nullcontext():
            read = EXPERIMENTS["race"].read(params)
            assert lab.closes(read) is ("Connection: close" in headers), headers


def test_contenders_that_could_only_fail_are_refused() -> None:
    rows: list[tuple[str, dict[str, Any], list[str], str | None]] = [
        ("race", {}, ["sync", "own-gevent"], "own-gevent: your app has no workload io"),
        ("protocols", {}, ["own-sync"], "own-sync: this experiment needs the lab's own endpoints"),
        ("race", {"workload": "request"}, ["sync", "own-gevent"], None),
        ("protocols", {}, ["sync"], None),
        ("race", {"workload": "request"}, ["own-image", "own-sync"], None),
        ("workers", {"workload": "request"}, ["own-image"], "own-image: this experiment changes the number of workers"),
        ("advise", {"workload": "request"}, ["own-sync", "own-image"], "own-image: this experiment changes the number"),
        ("race", {"workload": "request", "workers": 3}, ["own-image"], "own-image: an image decides itself how many"),
        ("race", {"workload": "request", "direct": True}, ["own-image"], "own-image: it is reached through nginx"),
        ("rate", {"workload": "request", "halfway": "reload"}, ["own-image"], "own-image: an image has no known"),
        ("ab", {}, ["sync"], "contenders: this experiment compares exactly 2, got 1; name 2 of them."),
        ("ab", {}, ["sync", "gevent", "uvicorn"], "contenders: this experiment compares exactly 2, got 3"),
        ("ab", {}, ["sync", "gevent"], None),
    ]
    for experiment, params, contenders, wanted in rows:
        found = unfit(EXPERIMENTS[experiment].read(params), contenders)
        assert bool(found) is bool(wanted), f"{experiment}: {found}"
        assert (found or "").startswith(wanted or ""), experiment
