"""A load to be carried out, by one generator or by several that share it, and what their shares come to."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Self

from bench.loadgen.closed import closed_loop
from bench.loadgen.open import open_loop
from bench.loadgen.request import Request
from bench.loadgen.result import CONNECTIONS, Load, Window
from bench.loadgen.schedule import Schedule


@dataclass(frozen=True, slots=True)
class LoadSpec:
    """`clients` of a closed loop, or the `schedule` of an open one; `timeout` in seconds."""

    request: Request
    window: Window
    timeout: float
    clients: int = 0
    schedule: Schedule | None = None
    connections: int = CONNECTIONS  # of an open loop

    async def run_load(self) -> Load:
        if self.schedule is None:
            return await closed_loop(self.request, self.clients, self.window, self.timeout)
        return await open_loop(self.request, self.schedule, self.window, self.timeout, self.connections)

    def split(self, count: int) -> list[Self]:
        """As many, or fewer where there are not as many clients. Together they are this load, request for request."""
        if self.schedule is None:
            each, more = divmod(self.clients, count)
            clients = [each + (number < more) for number in range(count)]
            return [replace(self, clients=some) for some in clients if some]
        rate, due, seed = self.schedule.rate / count, self.schedule.due, self.schedule.seed
        connections = ceil(self.connections / count)
        schedules = [Schedule(rate, due[number::count], seed) for number in range(count)]
        return [replace(self, schedule=schedule, connections=connections) for schedule in schedules]


def merge(parts: Mapping[str, Load]) -> Load:
    """The loads of several generators, each by its name, as one. Every latency is kept: nothing is averaged."""
    loads = list(parts.values())
    first = loads[0]
    whole = Load(started=min(load.started for load in loads), seconds=max(load.seconds for load in loads))
    whole.parts, whole.seed = dict(parts), first.seed
    whole.uncorrected = None if first.uncorrected is None else array("d")
    for load in loads:
        whole.answered += load.rps * whole.seconds  # of windows that differ by what their clients waited for
        for name in ("requests", "timeouts", "intended", "sent", "reconnects", "opened", "queued", "completed"):
            setattr(whole, name, getattr(whole, name) + getattr(load, name))
        whole.errors += load.errors
        whole.workers += load.workers
        whole.connections += load.connections
        whole.latencies.extend(load.latencies)
        whole.lateness.extend(load.lateness)
        if whole.uncorrected is not None and load.uncorrected is not None:
            whole.uncorrected.extend(load.uncorrected)
    whole.cpu = max(load.cpu for load in loads)  # the busiest: each has a thread, and a core at most
    whole.concurrency = None if first.concurrency is None else sum(load.concurrency or 0 for load in loads)
    whole.rate = None if first.rate is None else sum(load.rate or 0 for load in loads)
    return whole
