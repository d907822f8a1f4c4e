"""Curves are the contenders' own: nginx neither runs out of ports nor of idle connections on the way to them."""

import asyncio
import http.client
import math
import re
import time

import requests
import uvloop

from bench.loadgen import Load, Window, closed_loop, get
from tests.e2e.lab import HOST, PATIENCE, PORT
from tests.lifecycle.engine import address, container, variant_container

PORTS = 100
ROW = 10 * PORTS  # requests: every third one at least leaves its port in TIME_WAIT; of the others sync closes first
SOME = 64  # connections that nginx may have opened again, as they were idle for its two seconds on a busy machine
AGAIN = 15.0  # seconds: a port that may be taken again is free after one, and any other one after sixty


def test_nginx_takes_the_ports_of_its_connections_to_sync_again() -> None:
    """An nginx of few ports shows within seconds what the lab's own, of 28,232, shows under a long load."""
    sysctls = container("nginx").attrs["HostConfig"]["Sysctls"] or {}
    few = {"net.ipv4.ip_local_port_range": f"40000 {40000 + PORTS - 1}"}
    with variant_container("nginx", "nginx-few-ports", {}, Sysctls=sysctls | few, PortBindings={}) as nginx:
        edge = (address(nginx, "edge"), 8080)
        before = uvloop.run(loaded(edge, "/sync/hello", in_flight=16, count=ROW))
        answered, end = 0, time.monotonic() + AGAIN
        while answered < PORTS:
            answered += requests.get(f"http://{edge[0]}:{edge[1]}/sync/hello", timeout=PATIENCE).status_code == 200
            assert time.monotonic() < end, (
                f"/sync/hello through an nginx whose {PORTS} ports had all been taken: {answered} requests were"
                f" answered in {AGAIN:g} s (net.ipv4.tcp_tw_reuse in compose.yaml); before: {before}"
            )


def test_nginx_keeps_a_connection_for_each_of_256_in_flight() -> None:
    """All are in flight, then all are idle, four times. With fewer kept, nginx opens those that it lacks each time."""
    clients = [http.client.HTTPConnection(HOST, PORT, timeout=PATIENCE) for _ in range(256)]
    before = connections_accepted("uvicorn")
    for _ in range(4):
        for client in clients:
            client.request("GET", "/uvicorn/io?ms=500")
        for client in clients:
            with client.getresponse() as response:
                assert (response.status, bool(response.read())) == (200, True)
    opened = connections_accepted("uvicorn") - before
    for client in clients:
        client.close()
    assert opened <= 256 + SOME, f"nginx opened {opened} connections to uvicorn for four times 256 in flight"


async def loaded(edge: tuple[str, int], path: str, in_flight: int, count: int) -> Load:
    """So many requests, however long they take."""
    enough, left = asyncio.Event(), iter(range(count - 1))

    def ended(_: object) -> None:
        if next(left, None) is None:
            enough.set()

    request = get((edge,), "nginx:8080", path)
    return await closed_loop(request, in_flight, Window(0, math.inf), PATIENCE, enough, on_exchange=ended)


def connections_accepted(contender: str) -> int:
    """TCP connections that the contender's kernel has accepted so far (PassiveOpens)."""
    names, values = re.findall(rb"^Tcp: (.*)$", container(contender).exec_run(["cat", "/proc/net/snmp"]).output, re.M)
    return int(dict(zip(names.split(), values.split(), strict=True))[b"PassiveOpens"])
