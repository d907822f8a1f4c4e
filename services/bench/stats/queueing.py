"""How long a request waits for one of so many servers, by queueing theory: M/M/c and M/D/c.

Requests come at random (Poisson), wait in one queue, and each is served by one of c servers: for a time that is the
same for all (M/D/c), or that varies as much as its mean (M/M/c, exponential). Seconds everywhere; infinite where the
queue would grow without end. https://en.wikipedia.org/wiki/M/D/c_queue; for the tails: H. C. Tijms, A First Course in
Stochastic Models (2003), 9.6.
"""

import math

# scipy is imported where it is used (PLC0415): it takes half a second, which every run would wait for.


def erlang_c(servers: int, offered: float) -> float:
    """The share of requests that have to wait. `offered` is the rate times the time of service (Little's law)."""
    from scipy.special import gammaln, pdtr, xlogy  # noqa: PLC0415

    if offered >= servers:
        return 1.0
    all_busy = math.exp(xlogy(servers, offered) - offered - gammaln(servers + 1))
    blocked = all_busy / pdtr(servers, offered)  # Erlang B
    return float(blocked / (1 - offered / servers * (1 - blocked)))


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
    from scipy.optimize import brentq  # noqa: PLC0415

    def equation(decay: float) -> float:
        return decay * service - servers * math.log1p(decay / rate)

    # It is zero at zero, falls, and rises again; the minimum is where its derivative is zero.
    lowest = servers / service - rate
    highest = lowest * 2
    while equation(highest) <= 0:
        highest *= 2
    return float(brentq(equation, lowest, highest))
