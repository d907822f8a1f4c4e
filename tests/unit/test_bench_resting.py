"""Before and after a point the machine is looked at: what passes has passed, what stays is told."""

import asyncio
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import pytest

from bench.stats import FOREIGN
from bench.target import drain as resting
from bench.target import lab
from bench.target.machine import CORES, Busy
from tests.unit.scripted_server import HELLO, answer, pause, scripted

QUIET, BUSY = 0.5 * FOREIGN, 4 * FOREIGN


def approximately(share: float) -> Any:
    return pytest.approx(100 * share)


def looked(monkeypatch: pytest.MonkeyPatch, *shares: float) -> tuple[float, int]:
    """What is told of a machine that others use by these shares, look by look, the last one for ever; how many looks.

    The machine is a stand-in: no test can have it busy and quiet at will.
    """
    looks = 0

    def moments() -> Iterator[Busy]:
        nonlocal looks
        at = used = 0.0
        for share in chain(shares, repeat(shares[-1])):
            yield Busy(at, used)
            at, used = at + 1, used + share * CORES
            yield Busy(at, used)
            looks += 1

    told = moments()
    monkeypatch.setattr(Busy, "now", lambda: next(told))
    monkeypatch.setattr(resting, "LOOK", 0.0)
    return asyncio.run(resting.foreign_pct()), looks + 1


def test_a_quiet_machine_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    share, looks = looked(monkeypatch, QUIET, BUSY)
    assert (share, looks) == (approximately(QUIET), 1)


def test_what_passes_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    share, looks = looked(monkeypatch, BUSY, BUSY, QUIET, BUSY)
    assert (share, looks) == (approximately(QUIET), 3)


def test_what_stays_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resting, "PASSING", 0.05)
    share, looks = looked(monkeypatch, BUSY)
    assert share == approximately(BUSY)
    assert looks > 1, "wanted it given a chance to pass"


# --- the contender --------------------------------------------------------------------------------------


def doubts_of_rest(monkeypatch: pytest.MonkeyPatch, *, busy_for: int, patience: float = 10.0) -> list[str]:
    """Of a contender that, once its idle latency is known, takes its time for so many requests."""

    async def run() -> list[str]:
        async def served(writer: asyncio.StreamWriter, _: int) -> None:
            asked = server.asked - resting.IDLE_PROBES
            if 0 < asked <= busy_for:
                await pause(0.1)  # where it takes a millisecond when it is idle
            writer.write(answer(HELLO))

        async with scripted(served) as server:
            monkeypatch.setattr(lab, "EDGE", "http://{}:{}".format(*server.address))
            return [doubt.text for doubt in await resting.at_rest("sync", direct=False)]

    monkeypatch.setattr(resting, "PATIENCE", patience)
    monkeypatch.setattr(resting, "BACK", 10.0)  # a machine with others on it may well take twice as long
    monkeypatch.setattr(resting, "LOOK", 0.0)
    return asyncio.run(run())


def test_a_contender_at_rest_is_not_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doubts_of_rest(monkeypatch, busy_for=0) == []


def test_what_a_contender_still_works_off_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doubts_of_rest(monkeypatch, busy_for=resting.PROBES) == []


def test_one_that_does_not_come_to_rest_is_doubted_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    (doubt,) = doubts_of_rest(monkeypatch, busy_for=10**6, patience=0.3)
    assert doubt.startswith("sync was still at work for earlier requests")


def test_of_one_that_does_not_answer_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "EDGE", "http://127.0.0.1:1")  # refuses at once
    monkeypatch.setattr(resting, "foreign_pct", quiet_machine)
    (doubt,) = asyncio.run(resting.at_rest("sync", direct=False))
    assert doubt.text.startswith("sync did not answer when nothing else went on")


async def quiet_machine() -> float:
    return 0.0


def test_a_machine_that_is_busy_is_doubted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy_machine() -> float:
        return 100 * BUSY

    monkeypatch.setattr(resting, "foreign_pct", busy_machine)
    (doubt,) = doubts_of_rest(monkeypatch, busy_for=0)
    assert doubt.startswith("other programs used 60% of all cores")
