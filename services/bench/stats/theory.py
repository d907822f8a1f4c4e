"""What theory predicts for a worker class: how much so many workers carry, and how long the slowest hundredth takes.

Three models. A *process* (sync) and a *thread* (gthread) carry one request from its beginning to its end; a *loop*
(greenlets and event loops) carries any number that wait, and one that computes or blocks. Computing takes a core, also
of the threads of one process, which take turns.
"""

import math
from dataclasses import dataclass
from typing import Literal

from bench.stats.queueing import wait
from contender.catalogue import CATALOGUE

MOST = 32  # workers, as everywhere
# Share of its capacity that nothing should be planned above: beyond it, every estimate of the wait is one of noise.
FULL = 0.95

Kind = Literal["process", "thread", "loop"]
Limit = Literal["workers", "cores", "pool"]


@dataclass(frozen=True, slots=True)
class Work:
    """One request, in milliseconds: what is waited for by yielding, without yielding, and computed."""

    wait_ms: float
    block_ms: float
    cpu_ms: float

    @property
    def whole(self) -> float:
        """Seconds from its beginning to its end, if nothing is in the way."""
        return (self.wait_ms + self.block_ms + self.cpu_ms) / 1000


@dataclass(frozen=True, slots=True)
class Model:
    """A contender: how many requests each of its workers carries at once, and what it may use."""

    kind: Kind
    threads: int = 1
    pool: int | None = None  # connections to the database that each worker has at most
    cores: float = 1
    beside_ms: float = 0.0  # CPU time of each request beside the contender, on the same cores: nginx and the generator

    def slots(self, workers: int) -> float:
        """Requests that all workers together carry at once."""
        each = {"process": 1, "thread": self.threads, "loop": math.inf}[self.kind]
        return workers * min(each, self.pool or math.inf)


def kind_of(contender: str) -> Kind:
    kinds: dict[str, Kind] = {"sync": "process", "gthread": "thread"}
    return kinds.get(CATALOGUE[contender].get("worker", ""), "loop")


def capacity(model: Model, work: Work, workers: int) -> tuple[float, Limit]:
    """Requests a second at most, whatever they wait (the utilisation law), and what ends it."""
    bounds: list[tuple[float, Limit]] = [
        (_rate(model.slots(workers), work.whole * 1000), "pool" if _is_pooled(model) else "workers"),
        (_rate(workers, _serial_ms(model, work)), "workers"),
        (_rate(model.cores, work.cpu_ms + model.beside_ms), "cores"),
    ]
    return min(bounds, key=lambda bound: bound[0])


def _is_pooled(model: Model) -> bool:
    return model.kind == "loop" and model.pool is not None


def _rate(servers: float, ms: float) -> float:
    return math.inf if ms <= 0 else 1000 * servers / ms


def _serial_ms(model: Model, work: Work) -> float:
    """What one worker does for one request at a time."""
    return work.cpu_ms + (work.block_ms if model.kind == "loop" else 0.0)


def p99(model: Model, work: Work, workers: int, rate: float, *, fixed: bool = True) -> float:
    """Seconds, of requests that come at random; infinite above the capacity.

    The longest of the waits in their way counts: for a place, for the worker itself, and for a core.
    """
    places = model.slots(workers)
    waits = [
        wait(rate, int(places), work.whole, fixed=fixed) if places < math.inf else 0.0,
        # Each worker has a queue of its own: a connection stays with the process that accepted it.
        wait(rate / workers, 1, _serial_ms(model, work) / 1000, fixed=fixed) if model.kind == "loop" else 0.0,
    ]
    computing, cores = (work.cpu_ms + model.beside_ms) / 1000, max(1, int(model.cores))
    waits.append(wait(rate, cores, computing * cores / model.cores, fixed=fixed))
    return work.whole + max(waits)


def fewest(model: Model, work: Work, rate: float, target: float) -> int | None:
    """Workers that keep a p99 of `target` seconds at that rate; None where no number of them does."""
    for workers in range(1, MOST + 1):
        if rate <= FULL * capacity(model, work, workers)[0] and p99(model, work, workers, rate) <= target:
            return workers
    return None
