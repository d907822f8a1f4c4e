"""The generator beside wrk, which shares no line with it: closed loop, the same server, turn by turn.

Where CPU is the limit they compete with the server, and differ by who has the luck: tests/benchmarks/generator.py
compares them there. A server that makes each request wait leaves both of them idle, and so comparable in any weather.
"""

import re
import subprocess
from collections.abc import Iterator

import pytest
import uvloop

from bench.load import Window, closed_loop
from bench.stats import Latencies
from tests.unit.reference_server import Reference, reference
from tests.unit.watched_load import TIMEOUT, known

CONNECTIONS, SECONDS, TURNS = 16, 1, 3
WITHIN = 0.1

_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@pytest.fixture(scope="module")
def server() -> Iterator[Reference]:
    with reference() as steady:
        yield steady


def by_wrk(server: Reference, path: str) -> tuple[float, float]:
    """Requests a second and median milliseconds."""
    url = "http://{}:{}{}".format(*server.address, path)
    command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={SECONDS}", "--latency", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    rate, middle = re.search(r"Requests/sec: +([0-9.]+)", told), re.search(r" 50% +([0-9.]+)(us|ms|s)", told)
    assert rate, told
    assert middle, told
    return float(rate[1]), float(middle[1]) * _MS[middle[2]]


def by_us(server: Reference, path: str) -> tuple[float, float]:
    load = uvloop.run(closed_loop(server.request(path), CONNECTIONS, Window(0, SECONDS), TIMEOUT))
    return load.rps, known(Latencies(load.latencies).p50)


def test_throughput_and_median_are_those_of_wrk(server: Reference) -> None:
    path = "/delay?ms=20"
    turns = [(by_wrk(server, path), by_us(server, path)) for _ in range(TURNS)]
    for number, best in enumerate([max, min]):  # requests a second, milliseconds: others can only make them worse
        theirs, ours = (best(turn[side][number] for turn in turns) for side in (0, 1))
        assert ours == pytest.approx(theirs, rel=WITHIN), f"wrk {theirs:.2f}, ours {ours:.2f}; {turns}"
