"""When a point is not to be believed: what was seen, the bound, and what would help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Self

from bench.loadgen.result import CONNECTIONS, Load
from bench.stats.latencies import Latencies

# Requests that leave a millisecond late are another load than the one that was asked for, and the smallest latency
# that matters here, a hello through nginx, is about that long.
LATE_MS = 1.0
# A closed loop reads its answers as late as its event loop comes to them, which is then part of their latency: as
# much of the p99 as repeats differ anyway can be borne.
LATE_SHARE = 0.1
# Of one core, which is all that one thread can have. Near it, answers wait for the generator.
BUSY = 0.9
# A load that was not sent is a load that was not measured.
SENT = 0.999
# Of all cores: with two of them, a third of one. Above it, repeats on this kind of machine were seen to disagree.
FOREIGN = 0.15
# Of the clients of a closed loop: between an answer and the next request they are idle, for the generator's own time.
AT_WORK = 0.75
# Kinds of error that are the generator's own shortage, whatever the contender does.
OWN = ("no local port", "no file descriptor")
ENDED = "lost a process meanwhile, and with it what that had used; look at its log"


@dataclass(frozen=True, slots=True)
class Doubt:
    text: str
    generator: bool = False  # it was the limit: the number is not the contender's

    def __str__(self) -> str:
        return self.text

    def of(self, whom: str) -> Self:
        """With the name of whom it is about, where the text does not say it."""
        return replace(self, text=f"{whom}: {self.text}")


def doubts(load: Load, *, foreign: float | None = None, drained: bool | None = True) -> list[Doubt]:
    """`foreign`: CPU time of others as a share (0-1) of all cores, None where it is not known, which is no doubt.

    `drained`: see `unrested`.
    """
    found = [_late(load), _busy(load), _short(load), _crowded(load), _unsent(load), _empty(load), _little(load)]
    found += [disturbed(foreign), unrested("the contender", drained)]
    return [doubt for doubt in found if doubt is not None]


def unrested(contender: str, drained: bool | None) -> Doubt | None:
    """`drained`: whether it was at rest, before and after; None where nobody knows, as it did not answer."""
    if drained is None:
        told = "did not answer when nothing else went on, so nobody knows whether it was at rest; look at its log"
    elif drained:
        return None
    else:
        told = "was still at work for earlier requests, before this or long after; wait, or restart it"
    return Doubt(f"{contender} {told}")


def by_kind(errors: Mapping[str, int]) -> str:
    return ", ".join(f"{count} times {kind}" for kind, count in errors.items())


def apart(sent: Sequence[float], took: Sequence[float]) -> Doubt | None:
    """Of requests that were meant to leave at one moment: when each left, and how long each took (milliseconds)."""
    late = max(sent, default=0.0) - min(sent, default=0.0)
    bound = max(LATE_MS, LATE_SHARE * median(took)) if took else LATE_MS
    if late <= bound:
        return None
    seen = f"the last request left {late:.2f} ms after the first (bound {bound:.2f} ms)"
    return Doubt(f"{seen}, which is no longer one moment; ask for fewer, or for what takes longer", generator=True)


def _late(load: Load) -> Doubt | None:
    late, p99 = Latencies(load.lateness).p99, Latencies(load.latencies).p99
    closed = load.concurrency is not None
    bound = max(LATE_MS, LATE_SHARE * p99) if closed and p99 is not None else LATE_MS
    if late is None or late <= bound:
        return None
    what = "the generator came to its answers" if closed else "requests were sent"
    advice = "give the generator a core of its own (BENCH_CPUSET), or ask for less"
    return Doubt(f"{what} {late:.2f} ms late (p99; bound {bound:.2f} ms); {advice}", generator=True)


def _busy(load: Load) -> Doubt | None:
    if load.cpu < BUSY:
        return None
    seen = f"the generator used {load.cpu:.0%} of a core (bound {BUSY:.0%})"
    return Doubt(f"{seen}, so this may be its limit and not the contender's; ask for less", generator=True)


def _short(load: Load) -> Doubt | None:
    short = {kind: count for kind in OWN if (count := load.errors[kind])}
    if not short:
        return None
    return Doubt(
        f"the generator ran short itself ({by_kind(short)}; bound 0); wait a minute, or ask for less", generator=True
    )


def _crowded(load: Load) -> Doubt | None:
    if load.needed <= CONNECTIONS:
        return None
    seen = f"{load.needed:.0f} requests would be in flight, of the {CONNECTIONS} connections that the generator opens"
    return Doubt(f"{seen}: the others waited in the client; ask for less", generator=True)


def _unsent(load: Load) -> Doubt | None:
    if load.sent >= SENT * load.intended:
        return None
    seen = f"{load.sent} of {load.intended} requests were sent ({load.sent / load.intended:.2%}; bound {SENT:.1%})"
    return Doubt(f"{seen}: connections were refused, or too few; look at the errors, or lower the rate")


def _little(load: Load) -> Doubt | None:
    """Little's law: as many requests are in flight as arrive a second times the seconds that each takes.

    A client cannot have more than one in flight, nor less while the line stands. Those that were sent before the window
    count with all of their time, and so do those that time out after it: at each edge the longest, once a client.
    """
    if load.concurrency is None or not load.latencies:
        return None
    edge = max(load.latencies) / 1000 / load.seconds
    most = load.concurrency * (1 + (2 if load.timeouts else 1) * edge)
    in_flight = sum(load.latencies) / 1000 / load.seconds
    seen = f"throughput times mean latency is {in_flight:.1f} in flight, of"
    if in_flight > most:
        return Doubt(
            f"{seen} at most {most:.1f}: the generator's figures contradict each other (Little's law); do not use them"
        )
    if in_flight < AT_WORK * load.concurrency * (1 - edge) and not load.errors:
        return Doubt(
            f"{seen} {load.concurrency} that were meant: the queue was still growing; give it longer (--seconds)"
        )
    return None


def _empty(load: Load) -> Doubt | None:
    if load.latencies or load.errors:
        return None
    return Doubt("nothing came to its end in these seconds, so they say nothing; give it longer (--seconds)")


def disturbed(foreign: float | None) -> Doubt | None:
    if foreign is None or foreign <= FOREIGN:
        return None
    seen = f"other programs used {foreign:.0%} of all cores (bound {FOREIGN:.0%})"
    return Doubt(f"{seen}; stop them, or repeat when the machine is quiet")
