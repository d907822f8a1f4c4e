"""The workloads as blocking code: waits, and calls one after another or, where threads are greenlets, at once."""

import itertools
import threading
import time
from types import SimpleNamespace

import pytest

from contender import blocking
from contender.problem import Problem
from tests.unit.slow_api import SlowApi


def test_here_a_thread_carries_a_request() -> None:
    assert blocking.CARRIER == "thread"


def test_a_wait_is_a_sleep_which_a_monkey_patch_may_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    assert (blocking.io(250), slept) == ({}, [0.25])


def test_a_mix_waits_works_and_carries_its_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    before = time.thread_time()
    assert blocking.mix(250, 10, 5) == {"payload": "xxxxx"}
    used = time.thread_time() - before
    assert (slept, used >= 0.010) == ([0.25], True), f"slept {slept}, used {used * 1000:.1f} ms of CPU time"


def test_threads_make_the_calls_of_a_fanout_one_after_another(api: SlowApi) -> None:
    calls = blocking.fanout(4, 0)["calls"]
    assert ([call["status"] for call in calls], api.asked) == ([200] * 4, ["/io?ms=0"] * 4)
    for call, following in itertools.pairwise(calls):
        assert call["finished"] <= following["started"], f"wanted one call after another, got {calls}"


def test_greenlets_make_the_calls_of_a_fanout_at_once(api: SlowApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "CARRIER", "greenlet")
    api.meeting = threading.Barrier(5)  # nobody is answered before all have called
    calls = blocking.fanout(5, 0)["calls"]
    assert ([call["status"] for call in calls], api.peak_in_flight) == ([200] * 5, 5)


@pytest.mark.parametrize("carrier", ["thread", "greenlet"])
def test_a_fanout_without_a_backend_is_refused(carrier: str, nobody: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "CARRIER", carrier)
    with pytest.raises(Problem, match=nobody):
        blocking.fanout(3, 0)


@pytest.mark.parametrize(
    ("first", "want", "waits"),
    [(1, [b"1/3", b"2/3", b"3/3"], [0.25, 0.25]), (3, [b"3/3"], []), (4, [], [])],
)
def test_paced_waits_between_what_it_makes_and_not_before_the_first(
    first: int, want: list[bytes], waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(blocking, "time", SimpleNamespace(sleep=waited.append))
    made = list(blocking.paced(3, 250, lambda number, count: f"{number}/{count}", first))
    assert (made, waited) == (want, waits)
