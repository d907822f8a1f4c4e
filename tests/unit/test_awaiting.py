"""The workloads as asynchronous code: what yields to the event loop, what holds it up, and calls that meet."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest

from contender import awaiting
from contender.problem import Problem
from tests.unit.slow_api import SlowApi


async def turns_of_others(work: Callable[[], Awaitable[object]]) -> int:
    """How often another task got the event loop while the work was done."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await work()
    task.cancel()
    return turns


@pytest.mark.parametrize(
    ("name", "params", "yields"),
    [
        ("io", {"ms": 20}, True),
        ("mix", {"io_ms": 20, "cpu_ms": 0, "bytes": 0}, True),
        ("cpu", {"ms": 20}, False),
        ("block", {"ms": 20}, False),
        ("whoami", {}, False),
    ],
)
def test_a_wait_hands_the_loop_on_and_work_holds_it_up(name: str, params: dict[str, int], yields: bool) -> None:
    turns = asyncio.run(turns_of_others(lambda: awaiting.WORK[name](**params)))
    assert (turns > 0) is yields, f"{name}: wanted others to get turns: {yields}, got {turns}"


def test_the_calls_of_a_fanout_are_all_under_way_at_once(api: SlowApi) -> None:
    api.meeting = threading.Barrier(5)  # nobody is answered before all have called
    calls = asyncio.run(awaiting.fanout(5, 0))["calls"]
    assert ([call["status"] for call in calls], api.peak_in_flight) == ([200] * 5, 5)


def test_a_fanout_without_a_backend_is_refused(nobody: str) -> None:
    with pytest.raises(Problem, match=nobody):
        asyncio.run(awaiting.fanout(3, 0))


def test_a_mix_carries_its_payload() -> None:
    assert asyncio.run(awaiting.mix(0, 0, 5)) == {"payload": "xxxxx"}


@pytest.mark.parametrize(
    ("first", "want", "waits"),
    [(1, ["1/3", "2/3", "3/3"], [0.25, 0.25]), (3, ["3/3"], []), (4, [], [])],
)
def test_paced_waits_between_what_it_makes_and_not_before_the_first(
    first: int, want: list[str], waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def made() -> list[str]:
        return [each async for each in awaiting.paced(3, 250, lambda number, count: f"{number}/{count}", first)]

    with monkeypatch.context() as patched:
        patched.setattr(awaiting, "asyncio", SimpleNamespace(sleep=sleep))
        assert (asyncio.run(made()), waited) == (want, waits)
