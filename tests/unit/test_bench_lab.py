"""What the bench takes for a right answer to each workload: what the real applications answer, and nothing less."""

from typing import Any

import pytest

from bench.target import lab
from tests.unit.test_codebases import EACH_CODEBASE, Ask

ASKED: dict[str, dict[str, Any]] = {
    "hello": {},
    "whoami": {},
    "io": {"ms": 0},
    "cpu": {"ms": 0},
    "block": {"ms": 0},
    "mix": {"io_ms": 0, "cpu_ms": 0, "bytes": 1000},
    "stream": {"chunks": 12, "ms": 0},
    "sse": {"events": 12, "ms": 0},
}


@EACH_CODEBASE
@pytest.mark.parametrize("workload", ASKED)
def test_a_right_answer_is_right_and_one_that_ends_before_is_not(
    ask: Ask, workload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE", "gevent")
    request = lab.request("gevent", workload, ASKED[workload], direct=False)
    target = request.payload.split(b" ")[1].decode().removeprefix("/gevent")
    body = ask(target).body
    assert request.fault(200, body) is None, f"wanted {body[:300]!r} taken for right"
    assert request.fault(200, body[: len(body) // 2]) == "wrong body"


@EACH_CODEBASE
@pytest.mark.parametrize(
    ("workload", "less"), [("mix", {"bytes": 10}), ("stream", {"chunks": 1}), ("sse", {"events": 2})]
)
def test_an_answer_of_less_than_was_asked_for_is_wrong(
    ask: Ask, workload: str, less: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE", "gevent")
    asked = lab.request("gevent", workload, ASKED[workload] | less, direct=False)
    target = asked.payload.split(b" ")[1].decode().removeprefix("/gevent")
    wanted = lab.request("gevent", workload, ASKED[workload], direct=False)
    assert wanted.fault(200, ask(target).body) == "wrong body"
