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


def awaited_all(ms: Number) -> dict[str, Any]:
    return asyncio.run(backend.call_all(1, ms))[0]


CALLS: dict[str, Call] = {"call": backend.call, "call_async": awaited, "call_all": awaited_all}


def test_a_call_returns_the_backends_status_and_its_own_times(api: SlowApi) -> None:
    for name, call in CALLS.items():
        for status in (200, 503):
            api.status, before = status, time.time()
            outcome = call(12.5)
            assert outcome["status"] == status, f"{name}: got {outcome}"
            assert before - 1e-6 <= outcome["started"] <= outcome["finished"] <= time.time() + 1e-6, (
                f"{name}: {outcome}"
            )
            assert api.paths.pop() == "/io?ms=12.5", f"{name}: wanted the requested wait"


def assert_502(name: str, named: str, ms: Number = 0) -> None:
    with pytest.raises(Problem, match=named) as raised:
        CALLS[name](ms)
    assert raised.value.status == 502, f"{name}: got {raised.value.status}: {raised.value.detail}"


def test_a_backend_that_does_not_answer_is_502_and_named(
    api: SlowApi, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in CALLS:
        assert_502(name, nobody)
    monkeypatch.setattr(backend, "_HOST", api.host)
    monkeypatch.setattr(backend, "_PORT", api.port)
    for raw in (b"", b"SSH-2.0-OpenSSH_9.9 hello\r\n"):  # it hangs up, or speaks no HTTP
        api.raw = raw
        for name in CALLS:
            assert_502(name, f"{api.host}:{api.port}")
    monkeypatch.setattr(backend, "_PATIENCE", 0.05)
    for name in CALLS:
        with api.hold():
            assert_502(name, "Timeout", 50)  # 50 s would be above what the stand-in holds anybody for
