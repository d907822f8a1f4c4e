"""Before and after a point the machine is looked at: what passes has passed, what stays is told."""

import asyncio
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import pytest

from bench import resting
from bench.machine import CORES, Busy
from bench.stats import FOREIGN

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
