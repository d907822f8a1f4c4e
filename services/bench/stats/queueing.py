"""How long a request waits for one of so many servers, by queueing theory: M/M/c and M/D/c.

Requests come at random (Poisson), wait in one queue, and each is served by one of c servers: for a time that is the
same for all (M/D/c), or that varies as much as its mean (M/M/c, exponential). Seconds everywhere; infinite where the
queue would grow without end. https://en.wikipedia.org/wiki/M/D/c_queue; for the tails: H. C. Tijms, A First Course in
Stochastic Models (2003), 9.6.
"""

import math

HALVINGS = 60  # of an interval that a float resolves to 52 bits of its length


def erlang_c(servers: int, offered: float) -> float:
    """The share of requests that have to wait. `offered` is the rate times the time of service (Little's law)."""
    if offered >= servers:
        return 1.0
    blocked = 1.0  # Erlang B of no server; of each further one by recursion
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def wait(rate: float, servers: int, service: float, share: float = 0.99, *, fixed: bool = True) -> float:
    """The time that a `share` of requests do not wait longer than.

    With M/M/c it is exact. With M/D/c the tail falls as it should, and begins at Erlang C, which is a little too high.
    """
    if rate <= 0 or service <= 0:
        return 0.0
    if rate * service >= servers:
        return math.inf
    delayed = erlang_c(servers, rate * service)
    if delayed <= 1 - share:
        return 0.0
    decay = _decay(rate, servers, service) if fixed else servers / service - rate
    return math.log(delayed / (1 - share)) / decay


def _decay(rate: float, servers: int, service: float) -> float:
    """Of the tail of M/D/c: each server has every c-th request, at intervals that are Erlang-distributed."""

    def equation(decay: float) -> float:
        return decay * service - servers * math.log1p(decay / rate)

    # It is zero at zero, falls, and rises again; the minimum is where its derivative is zero.
    low = servers / service - rate
    high = low * 2
    while equation(high) <= 0:
        high *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if equation(middle) <= 0 else (low, middle)
    return (low + high) / 2
