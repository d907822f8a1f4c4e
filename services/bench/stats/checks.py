"""What makes a load doubtful: each check with its bound, and the reason for that bound."""

from collections.abc import Sequence
from math import ceil
from statistics import median

from bench.loadgen.result import CONNECTIONS, Load
from bench.stats.latencies import Latencies, responses_for
from bench.stats.validity import ValidityWarning

# Requests that leave a millisecond late are another load than the one that was requested, and the smallest latency
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
# Of the ephemeral ports: connect() tries those of one parity first, and searches port by port once they are taken.
# With 14,000 of 28,232 in TIME_WAIT a client was seen to fall from 4,400 requests a second to 500.
PORTS = 0.5
# Of the requests. A connection costs about as much as two of the smallest requests (24,000 a second with keep-alive,
# 9,600 without): one for every twentieth request is as much as repeats differ.
REOPENED = 0.05
# Connections for each request in flight that keep-alive may need: both processes of nginx keep some of their own.
KEPT = 2
# And so many beside the load: what looks for its drain, before and after, comes one connection at a time.
BESIDE = 64
# Kinds of error that are the generator's own shortage, whatever the contender does.
OWN = {"no local port": "no-local-port", "no file descriptor": "no-file-descriptor"}


def check_load(load: Load) -> list[ValidityWarning]:
    """What a load's own figures say of it."""
    single = (_lost(load), _late(load), _busy(load), _too_many(load), _not_sent(load), _empty(load), _little(load))
    short = [
        ValidityWarning(kind, value=load.errors[error], bound=0) for error, kind in OWN.items() if load.errors[error]
    ]
    return [warning for warning in single if warning is not None] + short


def check_simultaneous(sent: Sequence[float], took: Sequence[float]) -> ValidityWarning | None:
    """Of requests that were meant to leave at one moment: when each left, and how long each took (milliseconds)."""
    late = max(sent, default=0.0) - min(sent, default=0.0)
    bound = max(LATE_MS, LATE_SHARE * median(took)) if took else LATE_MS
    return ValidityWarning("not-simultaneous", value=late, bound=bound) if late > bound else None


def check_drained(drained: bool | None) -> ValidityWarning | None:
    """`drained`: whether a contender was at rest, before and after; None where that is not known, as it was down."""
    if drained is None:
        return ValidityWarning("drain-unknown")
    return None if drained else ValidityWarning("not-drained")


def check_foreign(share: float | None) -> ValidityWarning | None:
    """`share`: of all cores (0-1), what others used; None where it is not known, which is no warning."""
    return ValidityWarning("foreign-cpu", value=share, bound=FOREIGN) if share is not None and share > FOREIGN else None


def check_ports(time_wait: int, ports: int, *, reused: bool) -> ValidityWarning | None:
    """Of the generator's own network: sockets in TIME_WAIT, and how many ephemeral ports there are.

    `reused`: the kernel takes a port in TIME_WAIT again after a second (net.ipv4.tcp_tw_reuse=1), so none is short.
    """
    bound = PORTS * ports
    return ValidityWarning("ports-short", value=time_wait, bound=bound) if not reused and time_wait > bound else None


def check_reopened(opened: int, in_flight: int, requests: int) -> ValidityWarning | None:
    """Of a contender that keeps connections: `opened` to it during so many requests, with so many in flight."""
    bound = max(KEPT * in_flight + BESIDE, REOPENED * requests)
    return ValidityWarning("connections-reopened", value=opened, bound=bound) if opened > bound else None


def check_responses(responses: int, repeats: int = 1) -> ValidityWarning | None:
    """Of one repeat of a point: those of all `repeats` together support a p99, or do not. None at all is no p99."""
    bound = ceil(responses_for(99) / repeats)
    return ValidityWarning("few-responses", value=responses, bound=bound) if 0 < responses < bound else None


def _lost(load: Load) -> ValidityWarning | None:
    return ValidityWarning("generator-lost", value=load.lost, bound=0) if load.lost else None


def _late(load: Load) -> ValidityWarning | None:
    late, p99 = Latencies(load.lateness).p99, Latencies(load.latencies).p99
    closed = load.concurrency is not None
    bound = max(LATE_MS, LATE_SHARE * p99) if closed and p99 is not None else LATE_MS
    return ValidityWarning("generator-late", value=late, bound=bound) if late is not None and late > bound else None


def _busy(load: Load) -> ValidityWarning | None:
    return ValidityWarning("generator-cpu", value=load.cpu, bound=BUSY) if load.cpu >= BUSY else None


def _too_many(load: Load) -> ValidityWarning | None:
    if load.needed <= CONNECTIONS:
        return None
    return ValidityWarning("too-many-connections", value=load.needed, bound=CONNECTIONS)


def _not_sent(load: Load) -> ValidityWarning | None:
    if load.sent >= SENT * load.intended:
        return None
    return ValidityWarning("not-sent", value=load.sent / load.intended, bound=SENT)


def _empty(load: Load) -> ValidityWarning | None:
    return None if load.latencies or load.errors else ValidityWarning("empty")


def _little(load: Load) -> ValidityWarning | None:
    """Little's law: as many requests are in flight as arrive a second times the seconds that each takes.

    A client cannot have more than one in flight, nor less while the queue stands. Those that were sent before the
    window count with all of their time, and so do those that time out after it: at each edge the longest, once a
    client.
    """
    if load.concurrency is None or not load.latencies:
        return None
    edge = max(load.latencies) / 1000 / load.seconds
    most = load.concurrency * (1 + (2 if load.timeouts else 1) * edge)
    least = AT_WORK * load.concurrency * (1 - edge)
    in_flight = sum(load.latencies) / 1000 / load.seconds
    if in_flight > most:
        return ValidityWarning("little", value=in_flight, bound=most)
    if in_flight < least and not load.errors:
        return ValidityWarning("queue-growing", value=in_flight, bound=least)
    return None
