"""A server with a fixed service time, one request at a time: the queue that theory knows best."""

from collections.abc import Iterator
from statistics import mean

import pytest
import uvloop

from bench.loadgen import Window, closed_loop, constant, poisson
from bench.stats import Latencies
from bench.stats.checks import check_load
from tests.unit.reference_server import Reference, reference
from tests.unit.watched_load import TIMEOUT, TOLERANCE, Watched, completions, known, percentile, undisturbed

SERVICE = 0.02  # seconds
PATH = f"/serial?ms={SERVICE * 1000:g}"
WINDOW = Window(0.2, 2.4)


@pytest.fixture(scope="module")
def server() -> Iterator[Reference]:
    with reference() as steady:
        yield steady


@pytest.fixture(scope="module")
def queued(server: Reference) -> Watched:
    """M/D/1 at seven tenths of what it can serve."""
    schedule = poisson(0.7 / SERVICE, WINDOW.warmup + WINDOW.seconds, seed=4)
    return undisturbed(lambda: Watched(server, PATH, schedule, WINDOW))


def test_the_theory_that_the_others_are_compared_with_is_pollaczeks_and_khinchines() -> None:
    """M/D/1: the mean wait before service is busy x service / 2(1 - busy)."""
    busy, due = 0.7, poisson(0.7 / SERVICE, 6000, seed=1).due
    waits = [end - begin - SERVICE for begin, end in zip(due, completions(due, SERVICE), strict=True)]
    assert mean(waits) == pytest.approx(busy * SERVICE / (2 * (1 - busy)), rel=0.03)


def server_late(watched: Watched) -> float:
    """By how much it missed its own service times."""
    return watched.server_late(completions(watched.record.arrived, SERVICE))


@pytest.mark.parametrize("percent", [50, 90])
def test_random_arrivals_wait_as_long_as_the_server_says(queued: Watched, percent: float) -> None:
    truth = percentile(queued.waited(queued.record.answered), percent)
    got = Latencies(queued.load.latencies).percentile(percent)
    assert got == queued.near(truth), f"p{percent}: the server {truth:.1f} ms, got {got:.1f} ms"


@pytest.mark.parametrize("percent", [50, 90])
def test_random_arrivals_wait_as_long_as_theory_says(queued: Watched, percent: float) -> None:
    theory = percentile(queued.waited(completions(queued.sent, SERVICE)), percent)
    got = Latencies(queued.load.latencies).percentile(percent)
    assert got == queued.near(theory, server_late(queued)), f"p{percent}: theory {theory:.1f} ms, got {got:.1f} ms"


def test_an_overload_is_seen_to_its_end(server: Reference) -> None:
    """D/D/1 at twice what it can serve: each waits longer than the one before, and those after the window count."""
    watched = undisturbed(lambda: Watched(server, PATH, constant(2 / SERVICE, 0.6), Window(0, 0.6)))
    theory, load = watched.waited(completions(watched.sent, SERVICE)), watched.load
    got = Latencies(load.latencies)
    assert (load.requests, load.intended) == (60, 60), f"wanted all of 60, got {load}"
    assert load.rps <= 1.05 / SERVICE, (
        f"wanted what the server carried, not the 100 a second that were asked: {load.rps}"
    )
    for percent in (50, 90, 99):
        assert got.percentile(percent) == watched.near(percentile(theory, percent), server_late(watched))


def test_a_closed_loop_keeps_its_concurrency_and_its_figures_agree_with_each_other(server: Reference) -> None:
    """Little's law, of a server that makes each wait for 20 ms: what is in flight is throughput times latency."""
    server.forget()
    load = uvloop.run(closed_loop(server.request("/delay?ms=20"), 16, Window(0.2, 1), TIMEOUT))
    record, got = server.record(), Latencies(load.latencies)
    took = [(end - begin) * 1000 for begin, end in zip(record.arrived, record.answered, strict=True)]
    assert got.p50 == pytest.approx(percentile(took, 50), rel=TOLERANCE), f"the server made them wait {took[:3]} ms"
    assert load.rps * known(got.mean) / 1000 == pytest.approx(16, rel=TOLERANCE), f"wanted 16 in flight: {load}"
    assert "little" not in {doubt.kind for doubt in check_load(load)}
    assert len(load.connections) == 16, f"wanted a connection for each client, got {load.connections}"


def test_clients_that_come_and_go_together_count_by_the_share_of_their_time(server: Reference) -> None:
    """Eight waits of 400 ms at a time are 20 a second; whole rounds of them in this window would be 13 or 27."""
    load = uvloop.run(closed_loop(server.request("/delay?ms=400"), 8, Window(0.05, 0.6), TIMEOUT))
    took = known(Latencies(load.latencies).mean) / 1000
    assert load.rps == pytest.approx(8 / took, rel=TOLERANCE), f"{load.requests} of them ended inside: {load}"
