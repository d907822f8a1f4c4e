"""What a load measured: plain numbers, and arrays of milliseconds that bench.stats makes percentiles of."""

from array import array
from collections import Counter
from dataclasses import dataclass, field

from bench.loadgen.attribution import Worker

# Of an open loop at most: above the 256 of any sweep, and half of what nginx has (4096, of which each proxied request
# takes two).
CONNECTIONS = 1024


@dataclass(frozen=True, slots=True)
class Window:
    """Seconds of warm-up, which are not counted, and of measuring."""

    warmup: float
    seconds: float


def _none() -> array[float]:
    return array("d")


@dataclass(slots=True)
class Load:
    """requests + errors + timeouts = intended, exactly: nothing is lost, and nothing is counted twice."""

    started: float = 0.0  # of the measured window, in seconds since the epoch
    seconds: float = 0.0  # its length
    requests: int = 0  # right answers
    answered: float = 0  # right answers that came inside the window, whenever due; of a closed loop by shares
    errors: Counter[str] = field(default_factory=Counter)  # by kind; time-outs are not among them
    timeouts: int = 0
    latencies: array[float] = field(default_factory=_none, repr=False)  # ms, from due; time-outs as long as was waited
    uncorrected: array[float] | None = field(default=None, repr=False)  # ms, from sent (open loop)
    lateness: array[float] = field(default_factory=_none, repr=False)  # ms: the generator's own delay
    intended: int = 0
    sent: int = 0
    reconnects: int = 0  # requests sent again, as a kept-alive connection was found closed
    opened: int = 0  # connections, warm-up included: as many as `completed` where each answer ends its connection
    queued: int = 0  # requests that found no connection free, and waited in the client
    connections: list[int] = field(default_factory=list)  # right answers of each; of a closed loop also none at all
    workers: Counter[Worker] = field(default_factory=Counter)  # right answers of each process, where they name it
    cpu: float = 0.0  # cores that this process was busy on
    completed: int = 0  # requests that ended in any way, warm-up included: what the server's CPU time was spent on
    concurrency: int | None = None  # closed loop
    rate: float | None = None  # open loop: requests a second
    seed: int | None = None  # of Poisson arrivals
    parts: dict[str, Load] = field(default_factory=dict)  # of several generators that shared it, by their names
    lost: int = 0  # generators that were to share it, and did not to the end
    beside: float = 0.0  # seconds of CPU time of the others, as far as they run on this machine
    needed: float = 0.0  # connections of an open loop, if each request takes no longer than its parameters

    @property
    def cpu_seconds(self) -> float:
        return self.cpu * self.seconds

    @property
    def rps(self) -> float:
        """Right answers a second: of a server that falls behind an open loop less than the rate."""
        return self.answered / self.seconds if self.seconds else 0.0
