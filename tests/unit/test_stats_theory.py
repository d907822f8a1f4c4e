"""Queueing theory against known values and against a simulation; and what it says of worker classes."""

import math
import random
from heapq import heapreplace

import pytest

from bench.stats.queueing import erlang_c, wait
from bench.stats.theory import Model, Work, capacity, fewest, p99


def test_erlang_c_is_that_of_the_tables() -> None:
    """One server: the utilisation. Two: 2 rho^2 / (1 + rho). Ten at 80 %: 0.4092, as printed in many a book."""
    for utilisation in (0.1, 0.5, 0.9):
        assert math.isclose(erlang_c(1, utilisation), utilisation, rel_tol=1e-9)
        assert math.isclose(erlang_c(2, 2 * utilisation), 2 * utilisation**2 / (1 + utilisation), rel_tol=1e-9)
    assert math.isclose(erlang_c(10, 8), 0.4092, rel_tol=1e-3)
    assert erlang_c(2, 2) == 1.0


def test_the_figures_are_those_of_scipy_1_17() -> None:
    """Its Poisson distribution and its root finder stood here before: to eight digits, also of many servers."""
    for servers, offered, want in (
        (2, 1.9, 0.925641026),
        (10, 8, 0.409180151),
        (32, 30, 0.630222721),
        (200, 180, 0.0944712182),
        (1000, 990, 0.659080422),
    ):
        assert math.isclose(erlang_c(servers, offered), want, rel_tol=1e-8), f"{servers} servers, {offered} offered"
    for rate, servers, service, of_fixed, of_varied in (
        (40, 1, 0.02, 0.203416775, 0.438202663),
        (90, 2, 0.02, 0.214618272, 0.444574245),
        (380, 8, 0.02, 0.109014397, 0.221788359),
        (31, 32, 1.0, 2.16906542, 4.38428325),
        (9500, 100, 0.01, 0.00385832332, 0.00784970808),
    ):
        got = [wait(rate, servers, service, fixed=fixed) for fixed in (True, False)]
        assert got == pytest.approx([of_fixed, of_varied], rel=1e-8), f"{rate}/s, {servers} servers of {service} s"


def simulated(rate: float, servers: int, service: float, *, fixed: bool) -> float:
    """The p99 of the wait of 200,000 requests, seeded: the same each time."""
    chance = random.Random(7)
    free, now, waits = [0.0] * servers, 0.0, []
    for _ in range(200_000):
        now += chance.expovariate(rate)
        begun = max(now, free[0])
        heapreplace(free, begun + (service if fixed else chance.expovariate(1 / service)))
        waits.append(begun - now)
    return sorted(waits)[int(0.99 * len(waits))]


def test_the_wait_is_that_of_a_simulated_queue_within_a_tenth() -> None:
    for servers in (1, 2, 8):
        for utilisation in (0.5, 0.8):
            for fixed in (True, False):
                service = 0.02
                rate = utilisation * servers / service
                got, want = wait(rate, servers, service, fixed=fixed), simulated(rate, servers, service, fixed=fixed)
                case = f"{servers} servers at {utilisation:.0%}, {'M/D/c' if fixed else 'M/M/c'}"
                assert abs(got - want) <= 0.1 * (want + service), f"{case}: {got:.4f} s, simulated {want:.4f} s"


def test_nobody_waits_for_nothing_and_a_queue_that_grows_has_no_end() -> None:
    assert wait(0, 1, 1) == wait(10, 1, 0) == 0
    assert wait(1, 1000, 0.01) == 0, "wanted less than one in a hundred to wait"
    assert math.isinf(wait(100, 2, 0.02))


def test_each_model_has_its_limit() -> None:
    waiting, computing = Work(100, 0, 0.5), Work(0, 0, 10)
    blocking = Work(0, 100, 0.5)
    process, threads, loop = (Model(kind, 8, cores=2) for kind in ("process", "thread", "loop"))
    rows = [
        (process, waiting, 2, 2 / 0.1005, "workers"),
        (threads, waiting, 2, 16 / 0.1005, "workers"),
        (loop, waiting, 2, 2 / 0.0005, "workers"),
        (loop, waiting, 8, 2 / 0.0005, "cores"),
        (Model("loop", pool=10, cores=2), waiting, 2, 20 / 0.1005, "pool"),
        (loop, blocking, 2, 2 / 0.1005, "workers"),
        (threads, blocking, 2, 16 / 0.1005, "workers"),
        (process, computing, 1, 100, "workers"),
        *((model, computing, 8, 200, "cores") for model in (process, threads, loop)),
    ]
    for model, work, workers, rate, limit in rows:
        got = capacity(model, work, workers)
        assert math.isclose(got[0], rate, rel_tol=1e-9), f"{model}, {work}, {workers}: {got}"
        assert got[1] == limit, f"{model}, {work}, {workers}: {got}"


def test_the_fewest_workers_keep_the_promise_and_one_less_does_not() -> None:
    for kind in ("process", "thread", "loop"):
        for work in (Work(60, 0, 5), Work(20, 0, 0.2), Work(0, 0, 8), Work(0, 40, 1)):
            model, rate, promise = Model(kind, 8, cores=2), 150, 0.5
            workers = fewest(model, work, rate, promise)
            if workers is None:
                assert capacity(model, work, 32)[0] * 0.95 < rate, f"{model}, {work}"
                continue
            assert p99(model, work, workers, rate) <= promise, f"{model}, {work}"
            if workers > 1:
                few = workers - 1
                full = rate > 0.95 * capacity(model, work, few)[0]
                assert full or p99(model, work, few, rate) > promise, f"{model}, {work}: {few} would do"


def test_no_number_of_workers_beats_the_cores() -> None:
    """Two cores at 5 ms are 400 a second, whatever the worker."""
    for kind in ("process", "thread", "loop"):
        assert fewest(Model(kind, 8, cores=2), Work(60, 0, 5), 400, 10) is None


def test_the_fewest_workers_are_within_one_of_what_trying_each_in_a_simulation_finds() -> None:
    """For one request at a time in each worker, on cores enough: all that differs is how long each waits for one."""
    for wait_ms, cpu_ms, rate, promise in ((50, 0, 80, 0.15), (0, 10, 150, 0.05), (60, 5, 60, 0.2), (20, 10, 100, 0.1)):
        work, model = Work(wait_ms, 0, cpu_ms), Model("process", cores=32)
        tried = (
            count
            for count in range(math.ceil(rate * work.whole), 33)
            if work.whole + simulated(rate, count, work.whole, fixed=True) <= promise
        )
        found, wanted = fewest(model, work, rate, promise), next(tried)
        assert found is not None, f"{work}"
        assert abs(found - wanted) <= 1, f"{work} at {rate}/s within {promise} s: {found}, a simulation {wanted}"
