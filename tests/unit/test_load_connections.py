"""Connections as a load uses them: kept, found closed, replaced, limited, and none left behind."""

import asyncio
import gc
import socket
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import uvloop

from bench.loadgen import (
    Address,
    Exchange,
    Load,
    Request,
    Schedule,
    Window,
    any_request,
    burst,
    closed_loop,
    constant,
    open_loop,
)
from bench.loadgen.connection import Connection
from tests.unit.scripted_server import HELLO, Script, always, answer, never, pause, scripted, then_closes

TIMEOUT = 5
GUARD = 20  # seconds: a load that hangs is a failure, not a suite that never ends


def run_open(
    script: Script, schedule: Schedule, connections: int = 1024, timeout: float = TIMEOUT
) -> tuple[Load, list[Exchange], int]:
    """The load, its exchanges, and how many connections the server had at most."""

    async def run() -> tuple[Load, list[Exchange], int]:
        exchanges: list[Exchange] = []
        async with asyncio.timeout(GUARD), scripted(script) as server:
            window = Window(0, schedule.due[-1] + 0.01)
            load = await open_loop(server.request(), schedule, window, timeout, connections, exchanges.append)
            await server.all_gone.wait()
        return load, sorted(exchanges, key=lambda each: each.due), server.peak

    return uvloop.run(run())


def run_closed(script: Script, concurrency: int, exchanges: int) -> tuple[Load, int]:
    """A closed loop that ends after so many exchanges, and how many requests the server has seen."""
    load, request_count, _ = run_closed_watched(script, concurrency, exchanges)
    return load, request_count


def run_closed_watched(script: Script, concurrency: int, exchanges: int) -> tuple[Load, int, list[Exchange]]:
    async def run() -> tuple[Load, int, list[Exchange]]:
        enough, seen = asyncio.Event(), list[Exchange]()

        def count(exchange: Exchange) -> None:
            seen.append(exchange)
            if len(seen) >= exchanges:
                enough.set()

        async with asyncio.timeout(GUARD), scripted(script) as server:
            load = await closed_loop(
                server.request(), concurrency, Window(0, GUARD), TIMEOUT, enough, on_exchange=count
            )
            await server.all_gone.wait()
        return load, server.requests, seen

    return uvloop.run(run())


def uncorrected(load: Load) -> array[float]:
    assert load.uncorrected is not None, f"wanted it of an open loop, got {load}"
    return load.uncorrected


def at_once(count: int, *later: float) -> Schedule:
    """So many at the start, and then one at each of these moments."""
    return Schedule(count, array("d", [0.0] * count + list(later)))


@contextmanager
def full_backlog() -> Iterator[Address]:
    """The address of a server with a full accept queue: the kernel drops each SYN."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield full.getsockname()


async def slowly(writer: asyncio.StreamWriter, _: int) -> None:
    await pause(0.02)
    writer.write(answer(HELLO))


async def hangs_up_on_the_second(writer: asyncio.StreamWriter, before: int) -> None:
    """As a server does whose keep-alive time has just ended."""
    if before:
        await pause(0.05)
        writer.close()
    else:
        writer.write(answer(HELLO))


def test_a_closed_loop_keeps_one_connection_for_each_client() -> None:
    load, _ = run_closed(always(answer(HELLO)), 3, 60)
    assert len(load.connections) == 3, f"wanted three connections, got {load.connections}"
    assert sum(load.connections) == load.requests, f"wanted each answer on one of them, got {load}"


def test_a_client_that_is_never_answered_in_the_window_counts_for_fairness() -> None:
    over = asyncio.Event()

    async def starves_one(writer: asyncio.StreamWriter, before: int) -> None:
        if before == 1 and not starved:
            starved.append(writer)
            await over.wait()
            await pause(0.05)  # the window has ended
        writer.write(answer(HELLO))

    def count(_: Exchange) -> None:
        seen.append(1)
        if len(seen) == 10:
            over.set()

    async def run() -> Load:
        async with asyncio.timeout(GUARD), scripted(starves_one) as server:
            return await closed_loop(server.request(), 2, Window(0.01, GUARD), TIMEOUT, over, on_exchange=count)

    starved, seen = list[asyncio.StreamWriter](), list[int]()
    load = uvloop.run(run())
    assert len(load.connections) == 2, f"wanted both clients, got {load.connections}"
    assert 0 in load.connections, f"wanted one of them starved, got {load.connections}"


def test_a_request_on_a_connection_that_was_found_closed_is_sent_again_and_no_error() -> None:
    """RFC 9110, 9.2.2. Its latency counts from the first time."""
    load, _, (_, again, *_) = run_closed_watched(hangs_up_on_the_second, 1, 2)
    assert load.reconnects >= 1, f"wanted one sent again, got {load}"
    assert load.requests == load.intended, f"wanted it answered, got {load}"
    assert load.latencies[1] >= 50, f"wanted its latency from when it was first sent, got {again}"


def test_requests_that_are_sent_again_take_no_more_connections_than_there_may_be() -> None:
    load, _, peak = run_open(hangs_up_on_the_second, at_once(6), connections=1)
    assert (load.errors, load.timeouts) == (Counter(), 0), f"wanted no error, got {load}"
    assert load.reconnects > 0, f"wanted requests sent again, got {load}"
    assert peak == 1, f"wanted one connection at a time, got {peak}: {load}"


def test_connections_are_counted_as_they_are_opened() -> None:
    kept, _ = run_closed(always(answer(HELLO)), 2, 20)
    closed, _ = run_closed(then_closes(answer(HELLO, "200 OK", "Connection: close")), 2, 20)
    assert (kept.opened, closed.opened) == (2, closed.completed), f"{kept}, {closed}"


def test_a_request_for_a_connection_of_its_own_gets_one() -> None:
    """Also from a server that would keep it open; what it says of that is sent as it was given."""

    async def run() -> Load:
        enough, seen = asyncio.Event(), 0

        def count(_: Exchange) -> None:
            nonlocal seen
            seen += 1
            if seen >= 6:
                enough.set()

        async with asyncio.timeout(GUARD), scripted(always(answer(HELLO))) as server:
            request = any_request((server.address,), "x", "GET /", (("connection", "Close"),))
            assert b"\r\nconnection: Close\r\n" in request.payload
            return await closed_loop(request, 2, Window(0, GUARD), TIMEOUT, enough, on_exchange=count)

    load = uvloop.run(run())
    assert load.opened >= load.completed >= 6, load


def test_a_request_is_sent_again_once_only() -> None:
    """A server that hangs up on a fresh connection, too, will do so for ever."""
    served = iter([answer(HELLO)])

    async def only_the_first(writer: asyncio.StreamWriter, _: int) -> None:
        data = next(served, b"")
        writer.write(data)
        if not data:
            writer.close()

    load, _ = run_closed(only_the_first, 1, 2)
    assert (load.requests, load.reconnects) == (1, 1), f"wanted one sent again, got {load}"
    assert load.errors["closed"] >= 1, f"wanted it to be an error in the end, got {load}"


def test_an_answer_that_has_begun_is_not_asked_for_again() -> None:
    async def breaks_off(writer: asyncio.StreamWriter, before: int) -> None:
        writer.write(answer(HELLO)[: 10 if before else None])
        if before:
            writer.close()

    load, _ = run_closed(breaks_off, 1, 2)
    assert load.reconnects == 0, f"wanted nothing sent again, got {load}"
    assert load.errors["closed"] >= 1, f"wanted it reported as it was, got {load}"


def test_the_connection_that_was_idle_longest_is_used_next() -> None:
    """So that all workers behind them get their share: the last one used would be used for ever."""
    load, _, _ = run_open(always(answer(HELLO)), at_once(5, *(0.2 + number * 0.05 for number in range(10))))
    assert sorted(load.connections) == [3] * 5, f"wanted two more for each, got {load.connections}"


def test_beyond_the_limit_requests_wait_in_the_client_and_their_time_runs() -> None:
    load, exchanges, peak = run_open(slowly, at_once(6), connections=2)
    assert (load.requests, load.queued, peak) == (6, 4, 2), f"wanted four queued on two connections, got {load}"
    waited = sorted((each.ended or 0) - each.due for each in exchanges)
    assert waited[-1] >= 0.06, f"wanted three rounds of 20 ms, got {waited}"
    assert min(uncorrected(load)) < max(load.latencies) / 2, "wanted both reported"


def test_requests_wait_for_a_place_also_where_the_server_closes_each_connection() -> None:
    load, _, peak = run_open(then_closes(answer(HELLO, "200 OK", "Connection: close")), at_once(20), connections=2)
    assert (load.requests, load.errors) == (20, Counter()), f"wanted all answered, got {load}"
    assert peak <= 2, f"wanted two connections at a time, got {peak}"


def test_requests_that_wait_for_a_place_are_refused_in_their_turn(nobody: str) -> None:
    host, _, port = nobody.partition(":")
    request = Request(((host, int(port)),), b"GET / HTTP/1.1\r\n\r\n")
    load = uvloop.run(open_loop(request, at_once(9), Window(0, 0.01), TIMEOUT, connections=2))
    assert (load.errors, load.timeouts) == ({"refused": 9}, 0), f"wanted all of them refused, got {load}"
    assert not load.latencies, "a refusal is no latency: it would be the best of them"


def test_requests_that_wait_in_the_client_time_out_as_others_do() -> None:
    load, exchanges, _ = run_open(never, at_once(3), connections=1, timeout=0.1)
    assert (load.timeouts, load.intended, load.sent) == (3, 3, 1), f"wanted three time-outs, one sent, got {load}"
    assert all(each >= 100 for each in load.latencies), f"wanted the time waited recorded, got {load.latencies}"
    assert len(load.latencies) == 3
    assert all(each.received is None for each in exchanges)


def test_a_connection_whose_answer_did_not_come_in_time_makes_room_for_another() -> None:
    load, _, peak = run_open(never, at_once(1, 0.3), connections=1, timeout=0.1)
    assert (load.sent, load.timeouts, peak) == (2, 2, 1), f"wanted both sent, one after the other, got {load}"


def test_after_a_time_out_a_closed_loop_goes_on_with_a_new_connection() -> None:
    async def once(writer: asyncio.StreamWriter, _: int) -> None:
        if stuck:
            stuck.pop()
        else:
            writer.write(answer(HELLO))

    async def run() -> list[Exchange]:
        enough, seen = asyncio.Event(), list[Exchange]()

        def count(exchange: Exchange) -> None:
            seen.append(exchange)
            if exchange.error is None:
                enough.set()

        async with asyncio.timeout(GUARD), scripted(once) as server:
            await closed_loop(server.request(), 1, Window(0, GUARD), 0.1, enough, on_exchange=count)
        return seen

    stuck = [True]
    first, *_, last = uvloop.run(run())
    assert (first.error, last.error) == ("timeout", None), f"wanted an answer after the time-out, got {last.error}"
    assert first.connection != last.connection, "wanted it on a new connection"


def test_a_connection_that_is_never_made_is_a_time_out() -> None:
    with full_backlog() as address:
        rows = uvloop.run(burst(Request((address,), b"GET / HTTP/1.1\r\n\r\n"), 3, 0.2))
    assert [row.error for row in rows] == ["timeout"] * 3, f"wanted time-outs, got {[row.error for row in rows]}"
    assert {row.sent for row in rows} == {None}


def test_those_that_are_connected_wait_for_the_others_without_timing_out() -> None:
    """One address is dead: its half of the race times out while connecting, and then the other half is sent."""

    async def run() -> list[Exchange]:
        async with asyncio.timeout(GUARD), scripted(always(answer(HELLO))) as server:
            with full_backlog() as dead:
                both = replace(server.request(), addresses=(server.address, dead))
                return await burst(
                    both, 6, 0.3, on_exchange=ended.append, sent=lambda due: sent.append((due, len(ended)))
                )

    ended: list[Exchange] = []
    sent: list[tuple[float, int]] = []
    rows = uvloop.run(run())
    assert len(ended) == 6, f"wanted each to end once, got {[row.error for row in ended]}"
    assert Counter(row.error for row in rows) == {None: 3, "timeout": 3}, f"got {[row.error for row in rows]}"
    assert {row.due for row in rows if row.error is None} == {due for due, _ in sent}, "wanted one moment, reported"
    assert [count for _, count in sent] == [3], "wanted it reported when the others were sent"


def test_new_connections_take_the_addresses_in_turn() -> None:
    """Replicas of a service share the load."""

    async def run() -> tuple[int, int]:
        async with scripted(always(answer(HELLO))) as one, scripted(always(answer(HELLO))) as other:
            await burst(replace(one.request(), addresses=(one.address, other.address)), 10, TIMEOUT)
            return one.requests, other.requests

    assert uvloop.run(run()) == (5, 5)


def test_a_closed_loop_does_not_hammer_who_refuses() -> None:
    load, _ = run_closed(then_closes(b""), 2, 20)
    assert load.errors["closed"] >= 19, f"wanted errors only, got {load}"
    least = 9 * 0.009  # pauses of 10 ms by uvloop's timers, which may be a millisecond early
    assert load.seconds >= least, f"wanted ten rounds with pauses of 10 ms, got {load.seconds} s"


def test_what_has_been_sent_has_been_received_and_nothing_else() -> None:
    """Those in flight at the end do not count, but are waited for: the server is left at rest."""
    load, request_count = run_closed(slowly, 4, 40)
    assert load.requests < load.completed == request_count, f"the server saw {request_count}: {load}"


def test_a_closed_loop_in_which_nothing_ends_tells_of_time_outs() -> None:
    """They outlast the window: without them the load would have no error, no request, and look idle."""

    async def run() -> Load:
        async with asyncio.timeout(GUARD), scripted(never) as server:
            return await closed_loop(server.request(), 3, Window(0.05, 0.1), 0.3)

    load = uvloop.run(run())
    assert (load.intended, load.requests, load.timeouts) == (3, 0, 3), f"wanted three time-outs, got {load}"
    assert min(load.latencies) >= 300, f"wanted the time waited, got {load.latencies}"


def test_background_and_probes_share_one_loop_until_the_background_is_told_to_end() -> None:
    async def run() -> tuple[Load, Load]:
        async with asyncio.timeout(GUARD), scripted(slowly) as server:
            over = asyncio.Event()
            background = closed_loop(server.request(), 2, Window(0, float("inf")), TIMEOUT, over)
            busy = asyncio.create_task(background)
            probes = await open_loop(server.request(), constant(50, 0.3), Window(0, 0.3), TIMEOUT)
            over.set()
            return await busy, probes

    busy, probes = uvloop.run(run())
    assert (probes.requests, busy.errors) == (15, Counter()), f"wanted 15 probes answered, got {probes}, {busy}"
    assert busy.requests > 0
    assert busy.seconds >= 0.3
    assert gc.isenabled(), "wanted the collector on again after both"


def test_a_load_that_is_cancelled_leaves_nothing_behind() -> None:
    async def run(script: Script) -> None:
        async with asyncio.timeout(GUARD), scripted(script) as server:
            loads = [
                closed_loop(server.request(), 3, Window(0, GUARD), TIMEOUT),
                open_loop(server.request(), at_once(9, 10), Window(0, GUARD), TIMEOUT, connections=3),
                burst(server.request(), 3, TIMEOUT),
            ]
            tasks = [asyncio.create_task(load) for load in loads]
            await asyncio.sleep(0.1)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.all_gone.wait()
            left = [task for task in asyncio.all_tasks() if "Traffic" in repr(task)]
            assert not left, f"{script.__name__}: wanted no timer for timeouts or connections, got {left}"

    for script in (never, slowly):
        uvloop.run(run(script))
        assert gc.isenabled(), f"{script.__name__}: wanted the collector on again"


def test_a_mistake_in_the_callback_of_an_exchange_fails_the_load(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def mistaken(_: Exchange) -> None:
        raise ZeroDivisionError

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # it is reported there, and here on purpose
        async with asyncio.timeout(GUARD), scripted(always(answer(HELLO))) as server:
            await burst(server.request(), 2, 0.1, on_exchange=mistaken)

    monkeypatch.setattr("bench.loadgen.traffic.GRACE", 0.1)
    with pytest.raises(TimeoutError):
        uvloop.run(run())


def test_connections_that_are_over_need_no_collector() -> None:
    """It is off under load, and a contender that closes each connection would fill the memory."""
    gc.collect()
    gc.disable()
    try:
        load, _ = run_closed(then_closes(answer(HELLO, "200 OK", "Connection: close")), 2, 50)
        left = [each for each in gc.get_objects() if isinstance(each, Connection)]
    finally:
        gc.enable()
    assert load.requests >= 40, f"wanted connections to come and go, got {load}"
    assert not left, f"wanted all of them freed, {len(left)} are left"
