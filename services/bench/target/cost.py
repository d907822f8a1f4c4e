"""What a point costs: the contender's CPU time and memory, and what others took of the machine meanwhile."""

import time
from typing import Any

from bench.loadgen import Load
from bench.stats import jain
from bench.target import lab, machine
from bench.target.replicas import NoAnswer
from bench.target.usage import Usage


class Cost:
    """What a contender, all of its replicas, used between two drains. None where it does not say, or a process has
    gone."""

    def __init__(self, contender: str) -> None:
        self._contender = contender
        self._before = _usage(contender)
        self._busy, self._own = machine.Busy.now(), time.process_time()
        self.cpu_seconds: float | None = None
        self.memory_mb: float | None = None
        self.opened: int | None = None  # connections to it
        self.loop_lag: dict[str, Any] | None = None
        self.process_lost = False
        self._workers = 0

    def load_ended(self) -> None:
        self._busy_after, self._own_after = machine.Busy.now(), time.process_time()

    def end(self) -> None:
        before, after = self._before, _usage(self._contender)
        if before is None or after is None:
            return
        self.memory_mb, self._workers = after.memory_mb, after.workers
        self.process_lost = not before.processes <= after.processes
        if not self.process_lost:  # or it has taken with it what it used
            self.cpu_seconds = after.cpu_seconds - before.cpu_seconds
        if before.opened is not None and after.opened is not None:
            self.opened = after.opened - before.opened
        if before.lag is not None and after.lag is not None and not self.process_lost:
            self.loop_lag = after.lag.since(before.lag)

    def foreign_pct(self, beside: float) -> float:
        """Of the machine, under load: what the contender, this process and `beside` seconds of the lab do not explain.

        Nothing, where it is not known what the contender used.
        """
        if self.cpu_seconds is None:
            return 0.0
        ours = self.cpu_seconds + self._own_after - self._own + beside
        return machine.share(self._busy, self._busy_after, ours)

    def fairness(self, load: Load) -> float | None:
        """Between worker processes; None where answers do not say which it was. One that got nothing counts too."""
        idle = max(0, self._workers - len(load.workers))
        return jain([*load.workers.values(), *[0] * idle])

    def per_request_us(self, load: Load) -> float | None:
        """Microseconds of CPU time that the contender used for each request, warm-up and drain included."""
        if self.cpu_seconds is None or not load.completed:
            return None
        return round(1e6 * self.cpu_seconds / load.completed, 2)


def _usage(contender: str) -> Usage | None:
    try:
        return lab.usage(contender)
    except NoAnswer:
        return None
