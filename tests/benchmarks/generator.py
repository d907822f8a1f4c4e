r"""What the load generator can do, beside wrk on the same cores: capacity, CPU time, lateness, the cost of identities.

docker compose run --rm --no-deps --entrypoint python tests -m tests.benchmarks.generator

The lab's nginx answers /healthz itself, faster than any contender: whoever loads it shows his own limit. wrk and the
generator take turns, so that a noisy moment spoils both, and medians are compared; CPU time tells the most.
"""

import asyncio
import os
import re
import resource
import statistics
import subprocess
import sys
from array import array
from contextlib import closing
from dataclasses import astuple, dataclass
from urllib.parse import urlsplit

import uvloop

from bench.loadgen import Load, Request, Window, clock, closed_loop, constant, get, open_loop
from bench.loadgen.timer import Timer
from bench.stats import Latencies, spread
from tests.unit.reference_server import reference

CONNECTIONS, SECONDS, TURNS = 64, 3, 5
LATENESS_RATE = 4000
TIMEOUT = 10

LAB = urlsplit(os.environ.get("LAB_URL", "http://nginx:8080"))
NGINX = get(((LAB.hostname or "nginx", LAB.port or 80),), "nginx", "/healthz", body=b"ok\n")

_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Figures:
    rps: float
    cpu_us: float  # of the generator, a request
    p50_ms: float
    p99_ms: float


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def by_wrk() -> Figures:
    url = f"{LAB.geturl()}/healthz"
    command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={SECONDS}", "--latency", url]
    before = _cpu_of_children()
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = _cpu_of_children() - before
    counted = re.search(r"([0-9]+) requests in ([0-9.]+)s", output)
    percentiles = {percent: float(value) * _MS[unit] for percent, value, unit in _percentiles(output)}
    if counted is None or len(percentiles) != 2:
        raise ValueError(f"wrk told something else:\n{output}")
    requests = int(counted[1])
    return Figures(requests / float(counted[2]), used / requests * 1e6, percentiles["50"], percentiles["99"])


def _percentiles(output: str) -> list[tuple[str, str, str]]:
    return re.findall(r"(50|99)% +([0-9.]+)(us|ms|s)", output)


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def loaded(request: Request, *, identities: bool = True) -> Load:
    load = closed_loop(request, CONNECTIONS, Window(0.3, SECONDS), TIMEOUT, identities=identities)
    return uvloop.run(load)


def by_us() -> Figures:
    load = loaded(NGINX)
    latencies = Latencies(back_filled(load))
    return Figures(load.rps, cpu_us(load), latencies.p50 or 0, latencies.p99 or 0)


def back_filled(load: Load) -> list[float]:
    """As wrk does it before it tells percentiles: one of several mean intervals stands for those it delayed."""
    interval = load.seconds * 1000 * CONNECTIONS / load.requests
    filled = list(load.latencies)
    for latency in load.latencies:
        missed = latency - interval
        while missed > interval:
            filled.append(missed)
            missed -= interval
    return filled


def cpu_us(load: Load) -> float:
    return load.cpu_seconds / load.requests * 1e6


def capacity() -> None:
    say(f"\n{CONNECTIONS} connections on nginx's own answer, {TURNS} turns of {SECONDS} s: medians (spread)")
    turns = [(by_wrk(), by_us()) for _ in range(TURNS)]
    theirs, ours = ([astuple(turn[side]) for turn in turns] for side in (0, 1))
    names = ("requests a second", "CPU us a request", "p50 ms, back-filled", "p99 ms, back-filled")
    for name, wrk, bench in zip(names, zip(*theirs, strict=True), zip(*ours, strict=True), strict=True):
        one, other = statistics.median(wrk), statistics.median(bench)
        shown = f"wrk {one:10.2f} ({spread(wrk):4.0%})   bench {other:10.2f} ({spread(bench):4.0%})"
        say(f"  {name:<20} {shown}   bench/wrk {other / one:.2f}")


def lateness() -> None:
    say(f"\nopen loop at {LATENESS_RATE} a second on the same, {TURNS} turns of {SECONDS} s; late by so many ms")
    for _ in range(TURNS):
        schedule = constant(LATENESS_RATE, SECONDS + 0.3)
        load = uvloop.run(open_loop(NGINX, schedule, Window(0.3, SECONDS), TIMEOUT))
        sent = f"sent {load.sent} of {load.intended}, {load.cpu:.2f} cores, {cpu_us(load):.1f} us a request"
        say(f"  requests    {percentiles(Latencies(load.lateness))}   {sent}")
        say(f"  timer alone {percentiles(uvloop.run(bare_timer()))}")


def percentiles(late: Latencies) -> str:
    return f"p50 {late.p50:.3f}  p99 {late.p99:.3f}  p99.9 {late.p999:.3f}  max {late.max:.1f}"


async def bare_timer() -> Latencies:
    """What the machine itself makes of a schedule at this moment: the generator can be no better."""
    late, start, number = array("d"), clock() + 0.01, 0

    def wake() -> None:
        nonlocal number
        while start + number / LATENESS_RATE <= (now := clock()):
            late.append((now - start - number / LATENESS_RATE) * 1000)
            number += 1
        timer.at(start + number / LATENESS_RATE)

    with closing(Timer(wake)) as timer:
        timer.at(start)
        await asyncio.sleep(SECONDS)
    return Latencies(late)


def identities() -> None:
    with reference() as server:
        request = get((server.address,), "reference", "/whoami", service="reference")
        turns = [[cpu_us(loaded(request, identities=on)) for on in (False, True)] for _ in range(TURNS)]
    say(f"\nreading the worker's pid from each answer: CPU us a request, {TURNS} turns")
    without, with_it = (statistics.median(each) for each in zip(*turns, strict=True))
    say(f"  without {without:.2f}   with {with_it:.2f}   ratio {with_it / without:.2f}")


if __name__ == "__main__":
    say(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    capacity()
    lateness()
    identities()
