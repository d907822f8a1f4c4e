"""The bench's generator beside wrk, which shares no line with it: closed loop, the same contender, at the same time.

Where CPU is the limit they compete with the contender, and differ by who has the luck: tests/benchmarks/generator.py
compares them there. A contender that makes each request wait leaves both of them idle: comparable in any weather.
"""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvloop

from bench.loadgen import Window, closed_loop, get
from bench.stats import Latencies
from tests.e2e.lab import HOST, PATIENCE, PORT
from tests.turns import LAB

PATH = "/uvicorn/io?ms=100"
CONNECTIONS, SECONDS = 16, 3
WITHIN = 0.1
P90_WITHIN = 0.25  # a pause of a busy machine can fall on a tenth of one's requests, and on fewer of the other's

_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Figures:
    rps: float
    p50_ms: float
    p90_ms: float


@contextmanager
def wrk() -> Iterator[Callable[[], Figures]]:
    """Runs meanwhile; to be called for its figures when it has ended."""
    url = f"http://{HOST}:{PORT}{PATH}"
    command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={SECONDS}", "--latency", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:

        def figures() -> Figures:
            output, _ = running.communicate(timeout=PATIENCE)
            assert running.returncode == 0, output
            assert "Non-2xx" not in output, output
            return Figures(_number(r"Requests/sec: +", output), _number(r" 50% +", output), _number(r" 90% +", output))

        yield figures


def _number(before: str, output: str) -> float:
    found = re.search(rf"{before}([0-9.]+)(us|ms|s)?", output)
    assert found, f"wanted {before!r} in {output}"
    return float(found[1]) * _MS.get(found[2], 1)


def bench() -> Figures:
    request = get(((HOST, PORT),), f"{HOST}:{PORT}", PATH, service="uvicorn")
    load = uvloop.run(closed_loop(request, CONNECTIONS, Window(0, SECONDS), PATIENCE))
    assert not load.errors, load.errors
    latencies = Latencies(load.latencies)
    assert latencies.p50 is not None
    assert latencies.p90 is not None
    return Figures(load.rps, latencies.p50, latencies.p90)


@LAB
@pytest.mark.usefixtures("alone")
def test_throughput_and_latencies_are_those_of_wrk() -> None:
    with wrk() as theirs:
        ours = bench()
        wrks = theirs()
        for name, within in (("rps", WITHIN), ("p50_ms", WITHIN), ("p90_ms", P90_WITHIN)):
            assert getattr(ours, name) == pytest.approx(getattr(wrks, name), rel=within), f"{name}: {ours}, wrk {wrks}"
