"""Calls to the backend over a real loopback socket, blocking and awaited: the same outcome either way."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from contender import backend
from contender.problem import Problem
from contender.workload import Number
from tests.unit.slow_api import SlowApi

Call = Callable[[Number], dict[str, Any]]


def awaited(ms: Number) -> dict[str, Any]:
    return asyncio.run(backend.call_async(ms))


EACH_CALL = pytest.mark.parametrize("call", [backend.call, awaited], ids=["call", "call_async"])


def refusal(call: Call) -> Problem:
    with pytest.raises(Problem) as raised:
        call(0)
    assert raised.value.status == 502, f"wanted 502, got {raised.value.status}: {raised.value.detail}"
    return raised.value


@EACH_CALL
def test_a_call_asks_for_the_wait_and_says_what_came_of_it(call: Call, api: SlowApi) -> None:
    before = time.time()
    outcome = call(12.5)
    assert (sorted(outcome), outcome["status"]) == (["finished", "started", "status"], 200)
    assert before - 1e-6 <= outcome["started"] <= outcome["finished"] <= time.time() + 1e-6, f"got {outcome}"
    assert api.asked == ["/io?ms=12.5"], f"wanted one request, got {api.asked}"


@EACH_CALL
def test_the_backends_status_is_reported_as_it_is(call: Call, api: SlowApi) -> None:
    api.status = 503
    assert call(0)["status"] == 503


@EACH_CALL
def test_a_backend_that_is_not_there_is_502_and_named(call: Call, nobody: str) -> None:
    assert f"The slow backend at {nobody} did not answer" in refusal(call).detail


@EACH_CALL
def test_a_backend_that_does_not_answer_in_time_is_502(
    call: Call, api: SlowApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    with api.hold():
        monkeypatch.setattr(backend, "_PATIENCE", 0.05)
        assert "Timeout" in refusal(call).detail, "wanted the time-out named"


@EACH_CALL
def test_a_backend_that_hangs_up_is_502(call: Call, api: SlowApi) -> None:
    api.raw = b""
    assert f"{api.host}:{api.port}" in refusal(call).detail


@EACH_CALL
def test_a_backend_that_does_not_speak_http_is_502(call: Call, api: SlowApi) -> None:
    api.raw = b"SSH-2.0-OpenSSH_9.9 hello\r\n"
    assert f"{api.host}:{api.port}" in refusal(call).detail
