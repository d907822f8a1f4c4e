"""The generator's own CPU time and event-loop lag: what it cannot keep up with is not the contender's."""

import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager

from bench.loadgen.clocks import clock
from bench.loadgen.timer import Timer


class CpuMeter:
    """CPU time of this process, all of its threads."""

    def __init__(self) -> None:
        self._used, self._since = time.process_time(), clock()

    def cores(self) -> float:
        """How many cores it was busy on since."""
        return (time.process_time() - self._used) / (clock() - self._since)


PERIOD = 0.005  # seconds between two looks at the event loop: 200 a second, which cost 0.2 % of a core


@contextmanager
def recording_lag(late: array[float]) -> Iterator[None]:
    """Notes how many milliseconds late the event loop comes to what is due: in a closed loop nothing else shows it."""
    due = clock() + PERIOD

    def tick() -> None:
        nonlocal due
        now = clock()
        late.append((now - due) * 1000)
        # A look that was slept through is not made up for: the one that was late tells of the whole delay.
        due = max(due, now) + PERIOD
        timer.at(due)

    timer = Timer(tick)
    timer.at(due)
    try:
        yield
    finally:
        timer.close()
