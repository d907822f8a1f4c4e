"""One request and what became of it, and the clock by which both are told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.loadgen.connection import Connection

# CLOCK_MONOTONIC on Linux, which is also the clock of the timer that fires the schedule.
clock = time.perf_counter

READINGS = 100  # of both clocks: a process that is paused between the two reads them milliseconds apart


def _apart() -> float:
    """How far the clock of the epoch is from `clock`: of many readings, the one that took the shortest."""
    readings = ((clock(), time.time(), clock()) for _ in range(READINGS))
    before, now, after = min(readings, key=lambda reading: reading[2] - reading[0])
    return now - (before + after) / 2


_offset = _apart()


def anchor() -> None:
    """Fixes anew what `epoch` adds; at the beginning of a run, as a laptop's sleep parts the two clocks."""
    global _offset  # noqa: PLW0603 -- one clock a process
    _offset = _apart()


def epoch(moment: float) -> float:
    """A moment of `clock` in seconds since the epoch."""
    return moment + _offset


class Exchange:
    """Moments are seconds of `clock`; `received` is None without a complete answer, `ended` while one may come."""

    __slots__ = ("body", "carrier", "connection", "due", "ended", "error", "received", "resent", "sent", "status")

    def __init__(self, due: float) -> None:
        self.due = due
        self.sent: float | None = None
        self.received: float | None = None
        self.ended: float | None = None
        self.status: int | None = None
        self.error: str | None = None
        self.body: bytes | None = None
        self.connection: int | None = None  # the number of the connection that carried it
        self.carrier: Connection | None = None  # that connection, while it does
        self.resent = False
