"""What counts and what does not, who answered, and how the generator watches itself."""

import asyncio
import gc
import time
from array import array
from itertools import cycle

import pytest
import uvloop

from bench.loadgen import Exchange, Load, Window, align_clocks, clock, closed_loop, constant, epoch, open_loop, poisson
from bench.loadgen.gc_pause import pause_gc
from bench.loadgen.monitor import CpuMeter, recording_lag
from tests.unit.scripted_server import HELLO, always, answer, scripted

TIMEOUT = 5
GUARD = 20  # seconds


def opened(window: Window, rate: float = 100, bodies: tuple[bytes, ...] = (HELLO,)) -> tuple[Load, list[Exchange]]:
    turns = cycle(map(answer, bodies))

    async def script(writer: asyncio.StreamWriter, _: int) -> None:
        writer.write(next(turns))

    async def run() -> tuple[Load, list[Exchange]]:
        seen: list[Exchange] = []
        async with asyncio.timeout(GUARD), scripted(script) as server:
            request = server.request() if bodies == (HELLO,) else server.request(None, "gevent")
            return await open_loop(request, constant(rate, 1), window, TIMEOUT, on_exchange=seen.append), seen

    return uvloop.run(run())


def test_an_open_loop_counts_what_is_due_in_the_window_and_sends_nothing_after_it() -> None:
    load, seen = opened(Window(0.2, 0.3))
    assert (load.intended, len(seen), load.completed) == (30, 50, 50), f"wanted 30 of 50, got {load}"
    assert (len(load.latencies), len(load.lateness), load.seconds) == (30, 30, 0.3)
    due = sorted(each.due for each in seen)
    kept = [moment - due[0] for moment in due]
    assert kept == pytest.approx(constant(100, 0.5).due.tolist()), "wanted the schedule, however late it was sent"


def test_a_closed_loop_counts_what_ends_in_the_window() -> None:
    async def run() -> tuple[Load, list[Exchange]]:
        seen: list[Exchange] = []
        async with asyncio.timeout(GUARD), scripted(always(answer(HELLO))) as server:
            return await closed_loop(server.request(), 2, Window(0.2, 0.3), TIMEOUT, on_exchange=seen.append), seen

    load, seen = uvloop.run(run())
    inside = [each for each in seen if load.started <= epoch(each.ended or 0) < load.started + load.seconds]
    assert load.requests == len(inside), f"wanted {len(inside)} of {len(seen)}, got {load.requests}"
    assert len(seen) > load.requests > 0, "wanted a warm-up that does not count"
    assert abs(load.answered - load.requests) <= 2, "wanted shares of those at the edges alone"
    assert load.rps == load.answered / load.seconds


def test_the_moment_at_which_it_began_is_told_by_the_clock_on_the_wall() -> None:
    align_clocks()
    before = time.time()
    load, seen = opened(Window(0, 0.1))
    assert before <= load.started <= time.time()
    assert all(load.started <= epoch(each.due) <= load.started + 0.1 for each in seen)


def test_answers_are_counted_by_the_process_that_gave_them() -> None:
    """Replicas of a contender are containers, in which process ids begin anew."""
    one, replica = (b'{"service": "gevent", "host": "%s", "pid": 7, "lane": 1}\n' % host for host in (b"a", b"b"))
    reversed_, without_host = b'{"service":"gevent","pid":8,"lane":2,"host":"b"}', b'{"service": "gevent", "pid": 9}'
    load, _ = opened(Window(0.1, 0.5), 100, (one, one, replica, reversed_, without_host))
    assert load.workers == {("a", 7): 20, ("b", 7): 10, ("b", 8): 10, ("", 9): 10}, f"got {load.workers}"


def test_poisson_arrivals_tell_their_rate_and_seed() -> None:
    async def run() -> Load:
        async with asyncio.timeout(GUARD), scripted(always(answer(HELLO))) as server:
            return await open_loop(server.request(), poisson(100, 0.2, seed=5), Window(0, 0.2), TIMEOUT)

    load = uvloop.run(run())
    assert (load.rate, load.seed, load.concurrency) == (100, 5, None)
    assert load.intended == len(poisson(100, 0.2, seed=5).due)


def test_an_open_loop_says_how_late_it_was_when_its_event_loop_was_held_up() -> None:
    async def run() -> Load:
        async with asyncio.timeout(GUARD), scripted(always(answer(HELLO))) as server:
            asyncio.get_running_loop().call_later(0.1, time.sleep, 0.1)
            return await open_loop(server.request(), constant(100, 0.3), Window(0, 0.3), TIMEOUT)

    load = uvloop.run(run())
    assert load.requests == load.intended == 30, f"wanted all sent, though late, got {load}"
    assert max(load.lateness) >= 80, f"wanted the first that was due reported late, got {load.lateness}"
    assert sum(each > 10 for each in load.lateness) >= 8, f"wanted all of them reported late, got {load.lateness}"
    assert max(load.latencies) >= 80, f"wanted it in the latency, which counts from due, got {load.latencies}"


def test_a_closed_loop_says_how_late_its_event_loop_was() -> None:
    late = array("d")

    async def run() -> None:
        with recording_lag(late):
            await asyncio.sleep(0.05)
            time.sleep(0.1)  # which is the point
            await asyncio.sleep(0.05)

    uvloop.run(run())
    assert max(late) >= 90, f"wanted a tick that was 95 ms late, got {late}"
    assert len(late) >= 6, f"wanted it to go on ticking, got {late}"


def test_the_generators_cpu_time_is_that_of_the_window() -> None:
    outer = clock()
    processor, inner, used = CpuMeter(), clock(), time.process_time()
    while time.process_time() - used < 0.05:
        pass
    shortest = clock() - inner
    cores = processor.cores()
    assert 0.05 / (clock() - outer) <= cores <= 1.2 * 0.05 / shortest, f"wanted 50 ms of {shortest:.3f} s, got {cores}"
    load, _ = opened(Window(0, 0.2), rate=10)
    assert 0 < load.cpu < 1
    assert load.cpu_seconds == pytest.approx(load.cpu * 0.2)


def test_the_collector_is_off_until_the_last_of_several_loads_is_over() -> None:
    with pause_gc():
        assert not gc.isenabled()
        with pause_gc():
            assert not gc.isenabled()
        assert not gc.isenabled(), "wanted it off for the load that goes on"
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0, "wanted everything to be looked at again"
