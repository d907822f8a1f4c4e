"""Curves are the contenders' own: nginx neither runs out of ports nor of idle connections on the way to them.

Loaded with wrk through nginx. What a request costs in CPU time and how many connections it takes say more than its
throughput, which is what else the machine does, too: the engine counts the one, the contender's kernel the other.
"""

import re
import subprocess
import time
from dataclasses import dataclass

from tests.e2e.lab import URL
from tests.lifecycle.engine import container

ROW = 60_000  # requests; nginx's 28,232 ports would be gone after half of them
MINUTE = 60.0  # seconds in TIME_WAIT: what has not run out by then never will, at the pace of a slower machine
WITHIN = 0.15  # of the throughput at 64 in flight
DEARER = 1.5  # the CPU time of a request on a machine that is ever busier; without a port it is more than tenfold


@dataclass(frozen=True, slots=True)
class Block:
    requests: int
    rps: float
    cpu_us: float  # of nginx, a request


def wrk(path: str, in_flight: int, seconds: int) -> Block:
    before = nginx_cpu_us()
    command = ["wrk", "--threads=1", f"--connections={in_flight}", f"--duration={seconds}", URL + path]
    report = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10 * seconds).stdout
    assert "Non-2xx" not in report, f"{path}, {in_flight} in flight:\n{report}"
    requests, rps = re.search(r"(\d+) requests in", report), re.search(r"Requests/sec: +([0-9.]+)", report)
    assert requests is not None, report
    assert rps is not None, report
    return Block(int(requests[1]), float(rps[1]), (nginx_cpu_us() - before) / int(requests[1]))


def nginx_cpu_us() -> float:
    return float(container("nginx").stats(stream=False, one_shot=True)["cpu_stats"]["cpu_usage"]["total_usage"]) / 1000


def connections_accepted(contender: str) -> int:
    """TCP connections that the contender's kernel has accepted so far (PassiveOpens)."""
    names, values = re.findall(rb"^Tcp: (.*)$", container(contender).exec_run(["cat", "/proc/net/snmp"]).output, re.M)
    return int(dict(zip(names.split(), values.split(), strict=True))[b"PassiveOpens"])


def test_a_request_to_sync_costs_nginx_the_same_after_60_000_in_a_row() -> None:
    """Each takes a port, which is in TIME_WAIT for a minute: without one to reuse, nginx searches at every request."""
    blocks, began = list[Block](), time.monotonic()
    while (sent := sum(block.requests for block in blocks)) < ROW and time.monotonic() - began < MINUTE:
        blocks.append(wrk("/sync/hello", in_flight=16, seconds=3))
    third = len(blocks) // 3
    first, last = (min(block.cpu_us for block in part) for part in (blocks[:third], blocks[-third:]))
    assert last <= DEARER * first, (
        f"/sync/hello: a request cost nginx {first:.0f} µs at first and {last:.0f} µs after {sent} in a row;"
        f" requests a second: {[round(block.rps) for block in blocks]} (net.ipv4.tcp_tw_reuse in compose.yaml)"
    )


def test_nginx_keeps_a_connection_for_each_of_256_in_flight() -> None:
    """And uvicorn answers as much as with 64, in the best of three turns: the machine may do something else in one."""
    turns = list[tuple[float, float]]()
    for _ in range(3):
        few, before = wrk("/uvicorn/hello", 64, seconds=1), connections_accepted("uvicorn")
        many = wrk("/uvicorn/hello", 256, seconds=1)
        opened = connections_accepted("uvicorn") - before
        assert opened <= 256 + 8, f"nginx opened {opened} connections to uvicorn for 256 in flight: {many}"
        turns.append((few.rps, many.rps))
    best = max(many_rps / few_rps for few_rps, many_rps in turns)
    assert best >= 1 - WITHIN, f"wanted as many requests a second at 256 in flight as at 64, got {turns}"
