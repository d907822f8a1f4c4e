"""Several generators that make one load: their shares, what they say to each other, and one that goes away."""

import asyncio
import time
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import uvloop

from bench.loadgen import Load, Request, Window, bursts, clock, constant, encoding, poisson
from bench.loadgen.generator import Generator, close, machine
from bench.loadgen.load_spec import LoadSpec, merge
from bench.stats import Latencies
from bench.stats.checks import check_load
from bench.target import generators as module
from bench.target.generators import generators
from bench.target.replicas import NoAnswer
from tests.unit.scripted_server import HELLO, answer, scripted

GUARD = 30  # seconds
KNOWN = 0.5  # seconds that the server takes for each answer; a pause of the machine is a small part of it
RATE, CLIENTS, WINDOW = 50, 10, Window(0.6, 1.0)  # warmed up for longer than an answer takes


async def slow(writer: asyncio.StreamWriter, _: int) -> None:
    await asyncio.sleep(KNOWN)
    writer.write(answer(HELLO))


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(monkeypatch: pytest.MonkeyPatch, *talks: Talk | None) -> AsyncIterator[None]:
    """Generators on loopback, each a stock one (None) or one that talks so."""
    servers = [
        await (Generator().serve("127.0.0.1", 0) if talk is None else asyncio.start_server(talk, "127.0.0.1", 0))
        for talk in talks
    ]
    addresses = [("127.0.0.1", server.sockets[0].getsockname()[1]) for server in servers]

    async def found(count: int) -> list[tuple[str, int]]:
        return addresses[:count]

    monkeypatch.setattr(module, "_addresses", found)
    monkeypatch.setattr(module, "LEAD", 0.1)
    try:
        yield
    finally:
        for server in servers:
            server.close()


def replying(now: Callable[[], float]) -> Talk:
    """Reports this time, and exits at a load."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (await encoding.receive(reader))[0].get("ask") == "time":
                await encoding.send(writer, {"now": now(), "machine": machine()})
        except asyncio.IncompleteReadError:
            pass  # the bench did not like it
        finally:
            writer.close()

    return talk


def test_the_shares_of_a_load_are_that_load_request_for_request() -> None:
    async def run() -> None:
        async with scripted(slow) as server:
            whole = LoadSpec(server.request(), WINDOW, 5, connections=64)
            for schedule in (constant(7, 3), poisson(50, 2, seed=3), bursts(5, 3)):
                for count in (1, 2, 3, 16):
                    split = replace(whole, schedule=schedule).split(count)
                    due = sorted(moment for share in split if share.schedule for moment in share.schedule.due)
                    assert due == sorted(schedule.due), f"{count} generators of {schedule}"
                    assert sum(share.connections for share in split) >= 64
            for clients, count, wanted in ((10, 4, [3, 3, 2, 2]), (3, 4, [1, 1, 1]), (256, 1, [256])):
                split = replace(whole, clients=clients).split(count)
                assert [share.clients for share in split] == wanted, f"{clients} clients, {count} generators"

    asyncio.run(run())


def test_nothing_is_lost_between_two_ends_nor_in_a_sum() -> None:
    one = Load(
        started=5.0, seconds=2.0, requests=4, answered=3.5, timeouts=1, intended=6, sent=6, opened=2, completed=7
    )
    one.latencies, one.lateness, one.uncorrected = array("d", [1.5, 2.5]), array("d", [0.1]), array("d", [1.25])
    one.errors["refused"], one.workers["a", 7], one.cpu, one.rate = 1, 4, 0.5, 20.0

    async def there_and_back() -> Load:
        reader = asyncio.StreamReader()

        class Writer:
            def write(self, data: bytes) -> None:
                reader.feed_data(data)

            async def drain(self) -> None: ...

        document, arrays = encoding.load_message(one)
        await encoding.send(Writer(), document, *arrays)  # type: ignore[arg-type]
        return encoding.read_load(*await encoding.receive(reader))

    other = asyncio.run(there_and_back())
    assert other == one
    both = merge({"a": one, "b": other})
    assert (both.requests, both.answered, both.timeouts, both.errors["refused"]) == (8, 7.0, 2, 2)
    assert (both.rps, both.rate, both.cpu, both.workers["a", 7]) == (2 * one.rps, 40.0, 0.5, 8)
    assert sorted(both.latencies) == [1.5, 1.5, 2.5, 2.5]
    assert both.uncorrected is not None
    assert len(both.uncorrected) == len(both.lateness) == 2
    request = Request((("nginx", 8080),), b"GET / HTTP/1.1\r\n\r\n", b"x", "sync", b"part", 3, status=201)
    spec = LoadSpec(request, WINDOW, 5.0, schedule=constant(7, 3), connections=64)
    assert encoding.read_spec(*encoding.spec_message(spec)) == spec


def test_one_two_and_four_generators_read_the_same_of_a_server_with_a_known_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run(count: int, spec: LoadSpec) -> Load:
        async with asyncio.timeout(GUARD), listening(monkeypatch, *[None] * (count - 1)), generators(count) as together:
            return await together.run_load(spec)

    truth: list[float] = []  # milliseconds, by the server: on a busy machine it takes longer than it should

    async def recorded(writer: asyncio.StreamWriter, before: int) -> None:
        began = clock()
        await slow(writer, before)
        truth.append(1000 * (clock() - began))

    async def all_of_them() -> None:
        async with scripted(recorded) as server:
            open_ = LoadSpec(server.request(), WINDOW, 5, schedule=constant(RATE, WINDOW.warmup + WINDOW.seconds))
            for spec, rps in ((open_, RATE), (LoadSpec(server.request(), WINDOW, 5, clients=CLIENTS), CLIENTS / KNOWN)):
                for count in (1, 2, 4):
                    truth.clear()
                    load = await run(count, spec)
                    seen, known = Latencies(load.latencies), Latencies(truth)
                    assert len(load.parts) == count, f"{count}: {load}"
                    assert load.rps == pytest.approx(rps, rel=0.1), f"{count}: {load}"
                    assert seen.p50 == pytest.approx(known.p50, rel=0.1), f"{count}: {load}"
                    assert seen.p99 is not None
                    assert known.p50 is not None
                    # The server knows those outside the window, too: one that the machine held up may be among them.
                    assert 0.9 * known.p50 < seen.p99 < 1.1 * max(truth), f"{count}: {load}"
                    assert load.requests == len(load.latencies), f"{count}: {load}"

    uvloop.run(all_of_them())


def test_a_generator_that_goes_away_takes_its_share_and_the_point_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> tuple[Load, Load]:
        async with asyncio.timeout(GUARD), scripted(slow) as server, listening(monkeypatch, None, replying(time.time)):
            spec = LoadSpec(server.request(), WINDOW, 5, clients=9)
            async with generators(3) as together:
                return await together.run_load(spec), await together.run_load(spec)

    first, second = uvloop.run(run())
    assert (first.concurrency, len(first.parts)) == (6, 2), first
    assert (second.concurrency, len(second.parts)) == (9, 2), "wanted those that are left to make all of it"
    for load in (first, second):
        assert [doubt.kind for doubt in check_load(load) if doubt.kind == "generator-lost"] == ["generator-lost"], load


def test_too_few_generators_and_a_clock_that_is_off_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*talks: Talk) -> str:
        async with asyncio.timeout(GUARD), listening(monkeypatch, *talks):
            with pytest.raises(NoAnswer) as caught:
                async with generators(2):
                    pass
        return str(caught.value)

    ahead = asyncio.run(refused(replying(lambda: time.time() + 0.2)))
    assert "its clock is +200 ms off (at most 50)" in ahead
    monkeypatch.undo()
    monkeypatch.setattr(module, "NAME", "nobody.invalid")
    with pytest.raises(NoAnswer, match="generators=4: 3 more are needed, 0 are up: COMPOSE_PROFILES="):
        asyncio.run(entered(4))


async def entered(count: int) -> None:
    async with generators(count):
        pass


def test_a_generator_makes_one_load_at_a_time_and_none_for_a_bench_that_has_gone() -> None:
    async def run() -> None:
        async with asyncio.timeout(GUARD), scripted(slow) as server:
            own = await Generator().serve("127.0.0.1", 0)
            port = own.sockets[0].getsockname()[1]
            document, arrays = encoding.spec_message(LoadSpec(server.request(), Window(0, 20), 5, clients=1))
            _, first = await asyncio.open_connection("127.0.0.1", port)
            await encoding.send(first, document | {"at": time.time()}, *arrays)
            reader, second = await asyncio.open_connection("127.0.0.1", port)
            short = encoding.spec_message(LoadSpec(server.request(), Window(0, 0.1), 5, clients=1))[0] | {
                "at": time.time()
            }
            await encoding.send(second, short)
            assert (await encoding.receive(reader))[0]["error"] == "busy with another run"
            await close(first)
            found: dict[str, Any] = {"error": "busy"}
            while "error" in found:  # until that has arrived
                await encoding.send(second, short)
                found, _ = await encoding.receive(reader)
            assert found["intended"] >= 0
            await close(second)
            own.close()

    asyncio.run(run())


def test_what_is_no_order_is_refused_and_the_generator_goes_on() -> None:
    async def run() -> None:
        async with asyncio.timeout(GUARD):
            own = await Generator().serve("127.0.0.1", 0)
            for sent in (b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00\x00\x02{}", b'\x00\x00\x00\x0e{"arrays": []}'):
                reader, writer = await asyncio.open_connection("127.0.0.1", own.sockets[0].getsockname()[1])
                writer.write(sent)
                assert "error" in (await encoding.receive(reader))[0], sent
                await close(writer)
            own.close()

    asyncio.run(run())
