"""A load that is watched from both of its ends, and the queueing theory that says what it should have seen."""

from collections.abc import Callable, Sequence
from math import ceil

import pytest
import uvloop

from bench.loadgen import Exchange, Load, Schedule, Window, open_loop
from bench.stats import Latencies
from tests.unit.reference_server import Record, Reference

TOLERANCE = 0.08  # of a percentile; the clocks agree to a thousandth, the rest is for a machine with others on it
TIMEOUT = 10
ATTEMPTS = 2
QUIET_MS = 5  # a thirtieth of what is looked at; the bound of a doubtful point is for a machine without neighbours


class Watched:
    """An open loop, each of its exchanges in the order in which it was due, and what the server wrote down."""

    def __init__(
        self, server: Reference, path: str, schedule: Schedule, window: Window, connections: int = 1024
    ) -> None:
        self.exchanges: list[Exchange] = []
        server.forget()
        request, each = server.request(path), self.exchanges.append
        self.load: Load = uvloop.run(open_loop(request, schedule, window, TIMEOUT, connections, each))
        self.record: Record = server.record()
        self.exchanges.sort(key=lambda exchange: exchange.due)

    @property
    def sent(self) -> list[float]:
        """For theory, which is not to blame for what a busy machine makes of the schedule."""
        return [exchange.due if exchange.sent is None else exchange.sent for exchange in self.exchanges]

    @property
    def lateness(self) -> float:
        return Latencies(self.load.lateness).p99 or 0.0

    def server_late(self, done: Sequence[float]) -> float:
        """Milliseconds by which it missed these moments: none to speak of, but for others on the machine."""
        return percentile([(was - due) * 1000 for was, due in zip(sorted(self.record.answered), done, strict=True)], 99)

    def near(self, milliseconds: float, server_late: float = 0.0) -> object:
        """What a percentile may be: no figure is better than both sides were in time, and each says how late it was."""
        return pytest.approx(milliseconds, abs=TOLERANCE * milliseconds + self.lateness + server_late)

    def waited(self, ends: Sequence[float]) -> list[float]:
        """Milliseconds from due to these ends, of the requests that count: those after the warm-up."""
        waited = [(end - exchange.due) * 1000 for exchange, end in zip(self.exchanges, ends, strict=True)]
        return waited[len(waited) - self.load.intended :]


def undisturbed(watch: Callable[[], Watched]) -> Watched:
    """Measured again where the generator itself says that others kept it from its work, as the bench has it done."""
    attempts: list[Watched] = []
    while len(attempts) < ATTEMPTS and (not attempts or attempts[-1].lateness > QUIET_MS):
        attempts.append(watch())
    return min(attempts, key=lambda watched: watched.lateness)


def known(figure: float | None) -> float:
    assert figure is not None, "wanted a figure, and nothing was recorded"
    return figure


def percentile(values: Sequence[float], percent: float) -> float:
    """By its definition: of the sorted values the first that so many percent do not exceed."""
    return sorted(values)[max(0, ceil(percent / 100 * len(values)) - 1)]


def completions(arrivals: Sequence[float], service: float, stalls: Sequence[tuple[float, float]] = ()) -> list[float]:
    """Lindley's recursion: a server that takes `service` for each in turn, and serves nobody during its stalls."""
    free, done = 0.0, []
    for arrival in arrivals:
        begin = max(arrival, free)
        begin = max([begin, *(end for start, end in stalls if start <= begin < end)])
        free = begin + service
        done.append(free)
    return done
