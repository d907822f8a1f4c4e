"""A look at the machine before a run, while the contenders get their first request."""

import asyncio
import time
from collections.abc import Sequence

from bench.stats.fitness import Machine
from bench.target import machine
from experiments.schema.params import Params, query

LOOK = 0.25  # seconds: fifty ticks of two cores
REQUEST = 0.005  # seconds of CPU time of the lab for one request that does nothing, on a slow machine


async def glance(params: Params, contenders: Sequence[str], *, separated: bool) -> Machine:
    """Own work is left out: this process, and the one request that each contender gets meanwhile."""
    before, own = machine.Busy.now(), time.process_time()
    await asyncio.sleep(LOOK)
    after, ours = machine.Busy.now(), time.process_time() - own
    ours += len(contenders) * (REQUEST + _computing(params))
    taken = after.steal_seconds - before.steal_seconds
    return Machine(
        cores=machine.CORES,
        foreign=machine.share(before, after, ours + taken) / 100,
        steal=taken / max(1e-9, (after.at - before.at) * machine.CORES),
        governors=machine.governors(),
        separated=separated,
    )


def _computing(params: Params) -> float:
    """Seconds of CPU time that one request takes by its parameters."""
    values = query(params) if params.sends_workload else {}
    return float(values.get("cpu_ms", values.get("ms", 0) if params.workload == "cpu" else 0)) / 1000
