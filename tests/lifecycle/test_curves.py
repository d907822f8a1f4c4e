"""Curves are the contenders' own: nginx neither runs out of ports nor of idle connections on the way to them."""

import re
import subprocess
import time

import requests

from tests.e2e.lab import PATIENCE, URL
from tests.lifecycle.engine import address, container, variant_container

# At least every third request leaves its port in TIME_WAIT for a minute (of the others sync is the first to close).
PORTS = 100
AGAIN = 15.0  # seconds: a port that may be taken again is free after one, and any other one after sixty


def test_nginx_takes_the_ports_of_its_connections_to_sync_again() -> None:
    """An nginx of few ports shows within seconds what the lab's own, of 28,232, shows under a long load."""
    sysctls = container("nginx").attrs["HostConfig"]["Sysctls"] or {}
    few = {"net.ipv4.ip_local_port_range": f"40000 {40000 + PORTS - 1}"}
    with variant_container("nginx", "nginx-few-ports", {}, Sysctls=sysctls | few, PortBindings={}) as nginx:
        url = f"http://{address(nginx, 'edge')}:8080/sync/hello"
        report = wrk(url, in_flight=16, seconds=2)
        answered, end = 0, time.monotonic() + AGAIN
        while answered < PORTS:
            answered += requests.get(url, timeout=PATIENCE).status_code == 200
            assert time.monotonic() < end, (
                f"/sync/hello through an nginx whose {PORTS} ports had all been taken: {answered} requests were"
                f" answered in {AGAIN:g} s (net.ipv4.tcp_tw_reuse in compose.yaml); before:\n{report}"
            )


def test_nginx_keeps_a_connection_for_each_of_256_in_flight() -> None:
    """With fewer kept than there are in flight, it opens one for nearly every request."""
    before = connections_accepted("uvicorn")
    report = wrk(f"{URL}/uvicorn/hello", in_flight=256, seconds=1)
    opened = connections_accepted("uvicorn") - before
    assert "Non-2xx" not in report, report
    assert opened <= 256 + 8, f"nginx opened {opened} connections to uvicorn for 256 in flight:\n{report}"


def wrk(url: str, in_flight: int, seconds: int) -> str:
    command = ["wrk", "--threads=1", f"--connections={in_flight}", f"--duration={seconds}", url]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def connections_accepted(contender: str) -> int:
    """TCP connections that the contender's kernel has accepted so far (PassiveOpens)."""
    names, values = re.findall(rb"^Tcp: (.*)$", container(contender).exec_run(["cat", "/proc/net/snmp"]).output, re.M)
    return int(dict(zip(names.split(), values.split(), strict=True))[b"PassiveOpens"])
