"""The load generator: one process, one thread, one event loop, and a clock that it does not trust blindly.

    request = get(addresses, host="nginx:8080", path="/gevent/io?ms=100", service="gevent")
    load = uvloop.run(open_loop(request, poisson(rate=200, seconds=11, seed=1), Window(1, 10), timeout=10))

The caller brings uvloop: on asyncio's own loop the same code sends a quarter as much.
"""

from bench.loadgen.burst import burst
from bench.loadgen.clocks import align_clocks, clock, epoch
from bench.loadgen.closed import closed_loop
from bench.loadgen.exchange import Exchange
from bench.loadgen.gc_pause import pause_gc
from bench.loadgen.open import open_loop
from bench.loadgen.request import Request, any_request, get, post
from bench.loadgen.resolver import Address
from bench.loadgen.result import Load, Window
from bench.loadgen.schedule import Schedule, bursts, constant, poisson
from bench.loadgen.slow_clients import SlowCounts, slow_clients

__all__ = [
    "Address",
    "Exchange",
    "Load",
    "Request",
    "Schedule",
    "SlowCounts",
    "Window",
    "align_clocks",
    "any_request",
    "burst",
    "bursts",
    "clock",
    "closed_loop",
    "constant",
    "epoch",
    "get",
    "open_loop",
    "pause_gc",
    "poisson",
    "post",
    "slow_clients",
]
