"""Before and after a point the machine is looked at: what passes has passed, what stays is a doubt."""

import asyncio
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import pytest

from bench.stats import ValidityWarning
from bench.stats.checks import FOREIGN
from bench.target import drain as draining
from bench.target import lab
from bench.target.machine import CORES, Busy
from tests.unit.scripted_server import HELLO, answer, pause, scripted

QUIET, BUSY = 0.5 * FOREIGN, 4 * FOREIGN


def approximately(share: float) -> Any:
    return pytest.approx(100 * share)


def looked(monkeypatch: pytest.MonkeyPatch, *shares: float) -> tuple[float, int]:
    """What is seen of a machine that others use by these shares, look by look, the last one for ever; how many looks.

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

    moment = moments()
    monkeypatch.setattr(Busy, "now", lambda: next(moment))
    monkeypatch.setattr(draining, "LOOK", 0.0)
    return asyncio.run(draining.foreign_pct()), looks + 1


def test_what_passes_is_waited_for_and_what_stays_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for shares, wanted in (((QUIET, BUSY), (QUIET, 1)), ((BUSY, BUSY, QUIET, BUSY), (QUIET, 3))):
        share, looks = looked(monkeypatch, *shares)
        assert (share, looks) == (approximately(wanted[0]), wanted[1]), shares
    monkeypatch.setattr(draining, "PASSING", 0.05)
    share, looks = looked(monkeypatch, BUSY)
    assert share == approximately(BUSY)
    assert looks > 1, "wanted it given a chance to pass"


# --- the contender --------------------------------------------------------------------------------------


def doubts(
    monkeypatch: pytest.MonkeyPatch, *, busy_for: int, patience: float = 10.0, look: bool = True
) -> list[ValidityWarning]:
    """Of a contender that, once its idle latency is known, takes its time for so many requests."""

    async def run() -> list[ValidityWarning]:
        async def served(writer: asyncio.StreamWriter, _: int) -> None:
            requests = server.requests - draining.IDLE_PROBES
            if 0 < requests <= busy_for:
                await pause(0.1)  # where it takes a millisecond when it is idle
            writer.write(answer(HELLO))

        async with scripted(served) as server:
            monkeypatch.setattr(lab, "EDGE", "http://{}:{}".format(*server.address))
            return await draining.drain_before("sync", direct=False, look=look)

    monkeypatch.setattr(draining, "PATIENCE", patience)
    monkeypatch.setattr(draining, "BACK", 10.0)  # a machine with others on it may well take twice as long
    return asyncio.run(run())


def machine_of_others(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    async def foreign_pct() -> float:
        return 100 * share

    monkeypatch.setattr(draining, "foreign_pct", foreign_pct)


def test_what_a_contender_still_works_off_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_of_others(monkeypatch, 0)
    assert doubts(monkeypatch, busy_for=0) == []
    assert doubts(monkeypatch, busy_for=draining.PROBES) == []


def test_one_that_does_not_come_to_rest_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_of_others(monkeypatch, 0)
    assert doubts(monkeypatch, busy_for=10**6, patience=0.3) == [ValidityWarning("not-drained", "sync")]


def test_the_quickest_of_its_probes_is_compared_with_its_idle_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_of_others(monkeypatch, 0)
    monkeypatch.setattr(draining, "PATIENCE", -1.0)  # a look, and no more
    for idle, took, wanted in (
        (10.0, [20.0] * 5, True),
        (10.0, [20.1] * 5, False),
        (0.5, [1.2] * 5, False),
        (500.0, [900.0] * 5, True),
        (10.0, [90.0, 90.0, 12.0, 90.0, 90.0], True),  # a busy neighbour delays some of them
        (10.0, [], False),
        (None, [1.0] * 5, None),
    ):

        async def probes(*_: Any, took: list[float] = took, **__: Any) -> list[float]:
            return took

        monkeypatch.setattr(draining, "_probes", probes)
        got = asyncio.run(draining.drain("sync", idle, direct=False)).drained
        assert got is wanted, f"probes of {took} ms, {idle} when idle: wanted {wanted}, got {got}"


def test_of_one_that_does_not_answer_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_of_others(monkeypatch, 0)
    monkeypatch.setattr(lab, "EDGE", "http://127.0.0.1:1")  # refuses at once
    assert asyncio.run(draining.drain_before("sync", direct=False)) == [ValidityWarning("drain-unknown", "sync")]


def test_a_machine_that_is_busy_is_doubted_too_where_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_of_others(monkeypatch, BUSY)
    assert doubts(monkeypatch, busy_for=0) == [ValidityWarning("foreign-cpu", value=BUSY, bound=FOREIGN)]
    assert doubts(monkeypatch, busy_for=0, look=False) == []
