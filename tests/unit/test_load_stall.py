"""A server that stands still for 250 ms of each second: who tells the truth about it, and who does not.

Of 1,000 requests a second a quarter waits for up to 250 ms, evenly: p90 is 150 ms, p95 200 ms and p99 240 ms. The first
load runs in simulated time, where that is exact; the others against a process that does stand still.
"""

from collections.abc import Iterator

import pytest
import uvloop

from bench.loadgen import Exchange, Load, Window, closed_loop, constant, open_loop
from bench.stats import Latencies
from tests.unit.reference_server import Reference, reference
from tests.unit.virtual_time import OneAtATime, percentile, simulated

STALL = 0.25  # seconds of each second
STALLS = [(second, second + STALL) for second in range(1, 10)]
RATE, TIMEOUT = 1000, 10
TRUTH = {90: 150, 95: 200, 99: 240}  # ms
STEP = 1000 / RATE  # ms from one request to the next, and so the grain of all percentiles


@pytest.fixture(scope="module")
def server() -> Iterator[Reference]:
    with reference(STALL) as stalling:
        yield stalling


def known(figure: float | None) -> float:
    assert figure is not None, "wanted a figure, and nothing was recorded"
    return figure


def stalled(connections: int) -> Load:
    schedule, window = constant(RATE, 5), Window(1, 4)
    return simulated(OneAtATime(0, STALLS), lambda each: open_loop(each, schedule, window, TIMEOUT, connections))


def test_an_open_loop_reads_the_truth_off_a_server_that_stalls() -> None:
    load = stalled(1024)
    assert (load.requests, load.intended, load.sent) == (4000, 4000, 4000), f"wanted all that was due, got {load}"
    for percent, milliseconds in TRUTH.items():
        got = percentile(load.latencies, percent)
        assert got == pytest.approx(milliseconds, abs=2 * STEP), f"p{percent}: wanted {milliseconds} ms, got {got:.1f}"


def test_counted_from_sent_an_open_loop_with_too_few_connections_hides_them() -> None:
    """Coordinated omission: 250 users wait in the client for the one connection, and only one of them counts."""
    load = stalled(1)
    assert load.uncorrected is not None
    assert load.queued == pytest.approx(4 * RATE * STALL, abs=4), f"wanted the requests of four stalls queued: {load}"
    assert percentile(load.latencies, 90) == pytest.approx(TRUTH[90], abs=2 * STEP)
    assert percentile(load.uncorrected, 99) < STEP, "wanted p99 hidden"


def test_a_closed_loop_hides_the_same_stalls() -> None:
    """It stops sending while nothing is answered: four of its many thousand requests see a stall, four at a time."""
    load = simulated(OneAtATime(0.0005, STALLS), lambda each: closed_loop(each, 4, Window(1.5, 3), TIMEOUT))
    assert max(load.latencies) == pytest.approx(STALL * 1000, abs=3), f"wanted a stall in it, got {load}"
    assert percentile(load.latencies, 99) < 3, f"wanted p99 hidden, got {percentile(load.latencies, 99)} ms"


def test_no_answer_is_read_before_its_server_gave_it(server: Reference) -> None:
    """By the server's own record, in this machine's time: however late others make both, no percentile is better."""
    exchanges: list[Exchange] = []
    window = Window(0, 2)
    load = uvloop.run(open_loop(server.request("/hello"), constant(RATE, 2), window, TIMEOUT, 1024, exchanges.append))
    due, answered = sorted(each.due for each in exchanges), sorted(server.record().answered)
    assert (load.requests, len(answered)) == (2 * RATE, 2 * RATE), f"wanted all sent, and answered, got {load}"
    waited = [(moment - was_due) * 1000 for was_due, moment in zip(due, answered, strict=True)]
    for percent in TRUTH:
        got, least = known(Latencies(load.latencies).percentile(percent)), percentile(waited, percent)
        assert got >= 0.99 * least > 0, f"p{percent}: the server took {least:.1f} ms, got {got:.1f} ms"
