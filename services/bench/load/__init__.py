"""The load generator: one process, one thread, one event loop, and a clock that it does not trust blindly.

    request = get(addresses, host="nginx:8080", path="/gevent/io?ms=100", service="gevent")
    load = uvloop.run(open_loop(request, poisson(rate=200, seconds=11, seed=1), Window(1, 10), timeout=10))

The caller brings uvloop: on asyncio's own loop the same code sends a quarter as much.
"""

from bench.load.address import Address
from bench.load.burst import burst
from bench.load.closed import closed_loop
from bench.load.exchange import Exchange, anchor, clock, epoch
from bench.load.opened import open_loop
from bench.load.request import Request, get, post
from bench.load.result import Load, Window
from bench.load.schedule import Schedule, constant, poisson
from bench.load.slow import SlowCounts, slow_clients

__all__ = [
    "Address",
    "Exchange",
    "Load",
    "Request",
    "Schedule",
    "SlowCounts",
    "Window",
    "anchor",
    "burst",
    "clock",
    "closed_loop",
    "constant",
    "epoch",
    "get",
    "open_loop",
    "poisson",
    "post",
    "slow_clients",
]
