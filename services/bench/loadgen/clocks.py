"""The clock of all measurements, and how its moments are turned into times of day."""

import time

# CLOCK_MONOTONIC on Linux, which is also the clock of the timer that fires the schedule.
clock = time.perf_counter

READINGS = 100  # of both clocks: a process that is paused between the two reads them milliseconds apart


def _distance() -> float:
    """Seconds from `clock` to the time since the epoch, by the shortest of many readings."""
    readings = ((clock(), time.time(), clock()) for _ in range(READINGS))
    before, now, after = min(readings, key=lambda reading: reading[2] - reading[0])
    return now - (before + after) / 2


_offset = _distance()


def align_clocks() -> None:
    """Fixes anew what `epoch` adds: once a run, as a laptop's sleep sets the two clocks apart."""
    global _offset  # noqa: PLW0603 -- one clock a process
    _offset = _distance()


def epoch(moment: float) -> float:
    """A moment of `clock` in seconds since the epoch."""
    return moment + _offset
