"""A server with a fixed service time, one request at a time: the queue that theory knows best, in simulated time."""

from array import array
from collections.abc import Sequence
from statistics import mean

import pytest

from bench.loadgen import Load, Schedule, Window, closed_loop, constant, open_loop, poisson
from tests.unit.virtual_time import OneAtATime, Serve, delay, percentile, simulated

SERVICE = 0.02  # seconds
TIMEOUT = 10
EXACT = 1e-3  # ms: what a millisecond's thousandth part is, and sums of floating-point numbers are not


def waits(due: Sequence[float]) -> list[float]:
    """Lindley's recursion: milliseconds from due to done."""
    free, waited = 0.0, []
    for moment in due:
        free = max(free, moment) + SERVICE
        waited.append((free - moment) * 1000)
    return waited


def opened(serve: Serve, schedule: Schedule, window: Window) -> Load:
    return simulated(serve, lambda request: open_loop(request, schedule, window, TIMEOUT))


def test_the_theory_that_the_others_are_compared_with_is_pollaczeks_and_khinchines() -> None:
    """M/D/1: the mean wait before service is busy x service / 2(1 - busy)."""
    busy = 0.7
    waited = mean(waits(poisson(busy / SERVICE, 3000, seed=1).due)) / 1000 - SERVICE
    assert waited == pytest.approx(busy * SERVICE / (2 * (1 - busy)), rel=0.05)


def test_random_arrivals_wait_as_long_as_theory_says() -> None:
    """M/D/1 at seven tenths of what it can serve: each request, and only those that are due after the warm-up."""
    schedule = poisson(0.7 / SERVICE, 30, seed=4)
    load = opened(OneAtATime(SERVICE), schedule, Window(5, 25))
    theory = [wait for due, wait in zip(schedule.due, waits(schedule.due), strict=True) if due >= 5]
    assert list(load.latencies) == pytest.approx(theory, abs=EXACT)
    assert list(load.lateness) == pytest.approx([0] * len(theory), abs=EXACT), "wanted each sent when it was due"


def test_an_overload_is_seen_to_its_end() -> None:
    """D/D/1 at twice what it can serve: each waits longer than the one before, and those after the window count."""
    load = opened(OneAtATime(SERVICE), constant(2 / SERVICE, 0.6), Window(0, 0.6))
    assert (load.requests, load.intended) == (60, 60), f"wanted all of 60, got {load}"
    assert load.rps <= 1 / SERVICE, f"wanted what the server answered, not the 100 a second of the schedule: {load.rps}"
    assert list(load.latencies) == pytest.approx(waits(array("d", (n / 100 for n in range(60)))), abs=EXACT)


def test_who_has_given_up_while_waiting_for_a_connection_is_not_sent() -> None:
    """Ten at once on one connection with time for two: the third is sent, and times out with those that wait."""
    arrived: list[float] = []

    def serve(moment: float) -> float:
        arrived.append(moment)
        return moment + SERVICE

    schedule, window = Schedule(10, array("d", [0.0] * 10 + [0.5])), Window(0, 1)
    load = simulated(serve, lambda request: open_loop(request, schedule, window, 2.5 * SERVICE, 1))
    assert (load.completed, load.requests, load.timeouts) == (11, 3, 8), f"wanted each of 11 to end once, got {load}"
    assert len(arrived) == load.sent == 4, f"wanted 4 at the server, got {len(arrived)}: {load}"


def test_a_closed_loop_keeps_its_concurrency_and_its_figures_agree_with_each_other() -> None:
    """Little's law, of a server that makes each wait for 20 ms: what is in flight is throughput times latency."""
    load = simulated(delay(0.02), lambda request: closed_loop(request, 16, Window(0.2, 1), TIMEOUT))
    assert percentile(load.latencies, 50) == pytest.approx(20, abs=EXACT)
    assert load.rps * mean(load.latencies) / 1000 == pytest.approx(16, rel=1e-6), f"wanted 16 in flight: {load}"
    assert len(load.connections) == 16, f"wanted a connection for each client, got {load.connections}"


def test_clients_that_come_and_go_together_count_by_the_share_of_their_time() -> None:
    """Eight waits of 400 ms at a time are 20 a second; whole rounds of them in this window would be 13 or 27."""
    load = simulated(delay(0.4), lambda request: closed_loop(request, 8, Window(0.05, 0.6), TIMEOUT))
    assert load.rps == pytest.approx(20, rel=1e-6), f"{load.requests} of them ended inside: {load}"
