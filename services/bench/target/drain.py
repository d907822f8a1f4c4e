"""A contender at rest: what the next point begins with, and the last one must have ended in."""

import asyncio
import time
from contextvars import ContextVar
from dataclasses import dataclass
from statistics import median

from bench.loadgen import burst, pause_gc
from bench.stats import ValidityWarning
from bench.stats.checks import FOREIGN, check_drained, check_foreign
from bench.target import lab, machine

IDLE_PROBES, PROBES = 20, 5
PATIENCE = 30.0  # seconds for what is left of a load to be worked off; sync may have seconds of waits in its queue
BACK = 2.0  # times its idle latency: as quick as that, a probe has no queue before it
PAUSE = 0.05  # seconds between looks
LOOK = 0.2  # seconds in which the machine is looked at while the lab does nothing: forty of its ticks on two cores
PASSING = 1.0  # seconds that a disturbance may take to pass: a health check of the lab's own keeps a core for 0.3
RECENT = 0.5  # seconds for which a look at the machine holds: a warm-up takes longer, so none is of another load
_rests_until: ContextVar[float] = ContextVar("rests_until", default=0.0)


@dataclass(frozen=True, slots=True)
class Drain:
    drained: bool | None  # None: not known, as there is no right answer to wait for
    foreign_pct: float  # of the machine, used by others while the lab rested


async def idle_ms(contender: str, *, direct: bool) -> float | None:
    """The median of a few requests, one at a time, with nothing else going on; None where one has no right answer."""
    took = await _probes(contender, IDLE_PROBES, direct=direct)
    return median(took) if len(took) == IDLE_PROBES else None


async def drain_before(contender: str, *, direct: bool, look: bool = True) -> list[ValidityWarning]:
    """For an experiment without points; warnings where the contender or the machine does not come to rest."""
    found = await drain(contender, await idle_ms(contender, direct=direct), direct=direct, look=look)
    undrained, foreign = check_drained(found.drained), check_foreign(found.foreign_pct / 100)
    return [*([undrained.of(contender)] if undrained else []), *([foreign] if foreign else [])]


async def drain(contender: str, idle: float | None, *, direct: bool, look: bool = True) -> Drain:
    """Waits until a contender has worked off what it was sent. The quickest of five probes shows it: a queue before
    a probe delays each of them, a busy neighbour some. `look`: at the machine, too, which takes LOOK and more; not
    needed where it was seen at rest a moment ago."""
    end = time.monotonic() + PATIENCE
    while True:
        quickest = min(await _probes(contender, PROBES, direct=direct), default=None)
        drained = None if idle is None else quickest is not None and quickest <= BACK * idle
        if drained is not False or time.monotonic() > end:
            return Drain(drained, await foreign_pct() if look else 0.0)
        await asyncio.sleep(PAUSE)


async def _probes(contender: str, count: int, *, direct: bool) -> list[float]:
    """Milliseconds, up to the first that fails: of one that accepts and never answers, each would cost PATIENCE."""
    took: list[float] = []
    with pause_gc():  # once for all of them: each would collect first, for ten times as long as it takes itself
        while len(took) < count and (last := await _probe(contender, direct=direct)) is not None:
            took.append(last)
    return took


async def _probe(contender: str, *, direct: bool) -> float | None:
    (exchange,) = await burst(lab.hello(contender, direct=direct), 1, PATIENCE)
    if exchange.error is not None or exchange.received is None or exchange.sent is None:
        return None
    return 1000 * (exchange.received - exchange.sent)


def mark_at_rest() -> None:
    """The machine was looked at this moment: what begins at once needs no other look."""
    _rests_until.set(time.monotonic() + RECENT)


async def foreign_pct() -> float:
    """How busy others keep the machine while the lab rests, once what only passes has passed: that is no rest yet."""
    if time.monotonic() < _rests_until.get():
        return 0.0
    end = time.monotonic() + PASSING
    while True:
        before = machine.Busy.now()
        await asyncio.sleep(LOOK)
        share = machine.share(before, machine.Busy.now())
        if share <= 100 * FOREIGN or time.monotonic() >= end:
            return share
