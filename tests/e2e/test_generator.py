"""The bench's generator beside wrk, which shares no line with it: closed loop, the same contender, turn by turn.

Where CPU is the limit they compete with the contender, and differ by who has the luck: tests/benchmarks/generator.py
compares them there. A contender that makes each request wait leaves both of them idle: comparable in any weather.
"""

import re
import subprocess
from dataclasses import astuple, dataclass

import pytest
import uvloop

from bench.loadgen import Window, closed_loop, get
from bench.stats import Latencies
from tests.e2e.lab import HOST, PATIENCE, PORT

PATH = "/uvicorn/io?ms=100"
CONNECTIONS, SECONDS, TURNS = 16, 3, 3
WITHIN = 0.1

_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Figures:
    rps: float
    p50_ms: float
    p99_ms: float


def by_wrk() -> Figures:
    url = f"http://{HOST}:{PORT}{PATH}"
    command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={SECONDS}", "--latency", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    assert "Non-2xx" not in told, told
    return Figures(_number(r"Requests/sec: +", told), _number(r" 50% +", told), _number(r" 99% +", told))


def _number(before: str, told: str) -> float:
    found = re.search(rf"{before}([0-9.]+)(us|ms|s)?", told)
    assert found, f"wanted {before!r} in {told}"
    return float(found[1]) * _MS.get(found[2], 1)


def by_us() -> Figures:
    request = get(((HOST, PORT),), f"{HOST}:{PORT}", PATH, service="uvicorn")
    load = uvloop.run(closed_loop(request, CONNECTIONS, Window(0, SECONDS), PATIENCE))
    assert not load.errors, load.errors
    latencies = Latencies(load.latencies)
    assert latencies.p50 is not None
    assert latencies.p99 is not None
    return Figures(load.rps, latencies.p50, latencies.p99)


def test_throughput_and_latencies_are_those_of_wrk() -> None:
    """The best of each in three turns: what else the machine does can only make them worse."""
    turns = [(by_wrk(), by_us()) for _ in range(TURNS)]
    for number, best in enumerate([max, min, min]):
        theirs, ours = (best(astuple(turn[side])[number] for turn in turns) for side in (0, 1))
        assert ours == pytest.approx(theirs, rel=WITHIN), f"wrk {theirs:.2f}, ours {ours:.2f}; {turns}"
