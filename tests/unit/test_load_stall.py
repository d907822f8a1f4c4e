"""A server that stands still for 250 ms of each second: who tells the truth about it, and who does not.

Of 1,000 requests a second a quarter waits for up to 250 ms: p90 is 150 ms and p99 240 ms, and a little for the
backlog that is worked off afterwards.
"""

from collections.abc import Iterator

import pytest
import uvloop

from bench.loadgen import Window, closed_loop, constant
from bench.stats import Latencies
from tests.unit.reference_server import Record, Reference, reference
from tests.unit.watched_load import TIMEOUT, Watched, completions, known, percentile, undisturbed

STALL = 0.25  # seconds of each second
RATE = 1000
# Whole seconds: each has one stall. The warm-up has one, too: it is worked off more slowly, on 250 new connections.
WINDOW = Window(1.25, 2)

PERCENTILES = pytest.mark.parametrize("percent", [90, 95, 99])


@pytest.fixture(scope="module")
def server() -> Iterator[Reference]:
    with reference(STALL) as stalling:
        yield stalling


@pytest.fixture(scope="module")
def stalled(server: Reference) -> Watched:
    return undisturbed(lambda: Watched(server, "/hello", constant(RATE, WINDOW.warmup + WINDOW.seconds), WINDOW))


def service(record: Record) -> float:
    """Seconds a request of the backlog: the quickest hundred after a stall."""
    after = [[moment for moment in record.answered if moment > end][:100] for _, end in record.stalls]
    return min((each[-1] - each[0]) / 99 for each in after if len(each) == 100)


def test_all_of_the_intended_load_is_sent_although_the_server_stalls(stalled: Watched) -> None:
    load = stalled.load
    assert load.intended == RATE * WINDOW.seconds, f"wanted all that was due in the window, got {load.intended}"
    assert load.sent >= 0.999 * load.intended, f"wanted 99.9 % of {load.intended} sent, got {load.sent}"
    assert load.requests == load.intended, f"wanted {load.intended} right answers, got {load.requests}, {load.errors}"


@PERCENTILES
def test_open_loop_percentiles_are_those_of_theory(stalled: Watched, percent: float) -> None:
    """From the stalls as they were, and the time that a request of the backlog takes."""
    ends = completions(stalled.sent, service(stalled.record), stalled.record.stalls)
    theory = percentile(stalled.waited(ends), percent)
    got = Latencies(stalled.load.latencies).percentile(percent)
    late = stalled.server_late(ends)  # a machine with others on it works the backlog off more slowly
    assert got == stalled.near(theory, late), f"p{percent}: theory {theory:.1f} ms, got {got:.1f} ms"


@PERCENTILES
def test_open_loop_percentiles_are_those_of_the_servers_own_record(stalled: Watched, percent: float) -> None:
    """When it answered, first come first served: no clock and no percentile of the generator's is in it."""
    truth = percentile(stalled.waited(sorted(stalled.record.answered)), percent)
    got = Latencies(stalled.load.latencies).percentile(percent)
    assert got == stalled.near(truth), f"p{percent}: the server {truth:.1f} ms, got {got:.1f} ms"


def test_a_closed_loop_hides_the_same_stalls(server: Reference, stalled: Watched) -> None:
    """It stops asking while nobody answers: a handful of its many thousand requests see a stall at all."""
    load = uvloop.run(closed_loop(server.request("/hello"), 4, Window(0.1, 1.25), TIMEOUT))  # at least one stall
    hidden, truth = Latencies(load.latencies), Latencies(stalled.load.latencies)
    assert known(hidden.max) >= STALL * 1000, f"wanted a stall in it, the longest took {hidden.max} ms"
    assert known(hidden.p99) < known(truth.p99) / 5, f"wanted p99 hidden, got {hidden.p99} ms of {truth.p99} ms"


def test_counted_from_sent_an_open_loop_with_too_few_connections_hides_them_as_well(server: Reference) -> None:
    """Coordinated omission: 250 users wait in the client for the one connection, and only one of them counts."""
    load = Watched(server, "/hello", constant(RATE, 1.25), Window(0.25, 1), connections=1).load
    corrected, uncorrected = known(Latencies(load.latencies).p90), known(Latencies(load.uncorrected or ()).p90)
    assert load.queued > RATE * STALL * 0.9, f"wanted the requests of a stall queued, got {load.queued}"
    assert corrected > STALL * 1000 / 2, f"wanted p90 near 150 ms, got {corrected}"
    assert uncorrected < corrected / 5, f"wanted p90 hidden, got {uncorrected:.1f} ms of {corrected:.1f} ms"
