"""What the bench takes for a right answer to each workload: what the real applications answer, and nothing less."""

from typing import Any

import pytest

from bench.loadgen import Request
from bench.target import lab
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
    for codebase, ask in CODEBASES.items():
        for workload, params in REQUESTED.items():
            request, body = requested(ask, workload, params)
            place = f"{codebase} {workload}"
            assert request.fault(200, body) is None, f"{place}: wanted {body[:300]!r} taken for right"
            assert request.fault(200, body[: len(body) // 2]) == "wrong body", place
        for workload, less in (("mix", {"bytes": 10}), ("stream", {"chunks": 1}), ("sse", {"events": 2})):
            request, _ = requested(ask, workload, REQUESTED[workload])
            _, body = requested(ask, workload, REQUESTED[workload] | less)
            assert request.fault(200, body) == "wrong body", f"{codebase} {workload} of {less}"


def requested(ask: Ask, workload: str, params: dict[str, Any]) -> tuple[Request, bytes]:
    request = lab.request("gevent", workload, params, direct=False)
    return request, ask(request.payload.split(b" ")[1].decode().removeprefix("/gevent")).body
