"""Slow clients against servers that put up with them, and servers that do not."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import uvloop

from bench.loadgen import SlowCounts, get, post, slow_clients
from bench.loadgen.slow_clients import Mode

GUARD = 20  # seconds: clients that hang are a failure
PACE = 0.005  # seconds a byte: these clients are in a hurry
CLIENTS = 3
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BODY = 5

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


def against(serve: Serve, mode: Mode, connections: int) -> tuple[SlowCounts, list[bytes]]:
    """What became of the clients, and what the server got from each of so many connections."""

    async def run() -> tuple[SlowCounts, list[bytes]]:
        enough, got = asyncio.Event(), list[bytes]()

        async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                got.append(await serve(reader, writer))
            except ConnectionError, asyncio.IncompleteReadError:
                return  # the clients have ended
            finally:
                writer.close()
            if len(got) == connections:
                await asyncio.sleep(PACE * 4)  # for the client to see what was done to it
                enough.set()

        async with asyncio.timeout(GUARD), await asyncio.start_server(connection, "127.0.0.1", 0) as listening:
            address = listening.sockets[0].getsockname()
            request = post((address,), "slow", "/upload", BODY) if mode == "body" else get((address,), "slow", "/")
            return await slow_clients(request, CLIENTS, mode, enough, PACE), got

    return uvloop.run(run())


async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Waits for all of the request, and notes in which pieces it came."""
    pieces: list[bytes] = []
    while not (head := b"".join(pieces)).endswith(b"\r\n\r\n"):
        pieces.append(await reader.read(100) or _disconnected())
        assert len(head) < 1000
    writer.write(OK)
    await writer.drain()
    await reader.read()
    return max(pieces, key=len)


def _disconnected() -> bytes:
    raise ConnectionResetError


async def impatient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    return await reader.readexactly(5)


async def tells_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """As nginx does with a client that takes too long for its headers."""
    got = await reader.readexactly(5)
    writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
    await reader.read()  # it takes the hint
    return got


async def takes_a_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    pieces = [await reader.read(100) or _disconnected() for _ in range(BODY)]
    assert head.startswith(b"POST /upload HTTP/1.1\r\n")
    assert b"Content-Length: 5\r\n" in head
    writer.write(OK)
    await writer.drain()
    await reader.read()
    return max(pieces, key=len)


async def pours(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Sends as much as the client takes in a moment: what is not read stays here."""
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.set_write_buffer_limits(0)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
    sent = 0
    try:
        async with asyncio.timeout(0.3):
            while True:
                writer.write(bytes(65536))
                await writer.drain()
                sent += 65536
    except TimeoutError:
        return b"%d" % sent


def test_headers_come_byte_by_byte_and_are_answered_in_the_end() -> None:
    counts, largest = against(patient, "headers", 4)
    assert counts.answered >= 4, f"wanted them served, got {counts}"
    assert (counts.dropped, counts.refused) == (0, 0), f"wanted none dropped, got {counts}"
    assert min(map(len, largest)) == 1, f"wanted single bytes, got {largest}"


def test_a_body_comes_byte_by_byte_after_a_head_sent_at_once() -> None:
    counts, largest = against(takes_a_body, "body", 4)
    assert counts.answered >= 4, f"wanted them served, got {counts}"
    assert counts.dropped == 0, f"wanted none dropped, got {counts}"
    assert set(largest) == {b"x"}, f"wanted single bytes, got {largest}"


def test_to_connect_takes_no_slow_step() -> None:
    """With ten seconds between its bytes a client is connected and has sent one long before the second."""

    async def run() -> SlowCounts:
        requested = asyncio.Event()

        async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            requested.set()
            writer.close()

        async with asyncio.timeout(5), await asyncio.start_server(connection, "127.0.0.1", 0) as listening:
            request = get((listening.sockets[0].getsockname(),), "slow", "/")
            return await slow_clients(request, 1, "read", requested, pace=10)

    assert uvloop.run(run()).connected == 1


def test_those_that_the_server_drops_are_counted_and_come_again() -> None:
    for serve in (impatient, tells_off):
        counts, _ = against(serve, "headers", 7)
        assert counts.dropped >= 4, f"{serve.__name__}: wanted them dropped, got {counts}"
        assert counts.connected >= 7, f"{serve.__name__}: wanted them back, got {counts}"
        assert counts.answered == 0, f"{serve.__name__}: a refusal is no answer, got {counts}"


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    await reader.readuntil(b"\r\n\r\n")
    began = time.perf_counter()
    writer.write(OK)
    await writer.drain()
    await reader.read()
    return b"%f" % (time.perf_counter() - began)


def test_an_answer_is_read_byte_by_byte() -> None:
    counts, seconds = against(answers, "read", 4)
    assert counts.answered >= 4, f"wanted them served, got {counts}"
    read = sorted(map(float, seconds))[-counts.answered :]  # without clients that had just connected when it ended
    assert min(read) >= (len(OK) - 1) * PACE * 0.8, f"wanted one byte at each turn, took {seconds}"


def test_an_answer_that_is_read_slowly_stays_with_the_server() -> None:
    counts, sent = against(pours, "read", CLIENTS)
    assert counts.connected >= CLIENTS
    assert counts.answered == 0, f"wanted none served yet, got {counts}"
    assert max(map(int, sent)) < 10_000_000, f"wanted the rest of 50 MB left with the server, it sent {sent}"


def test_clients_that_find_nobody_are_refused_and_try_again(nobody: str) -> None:
    host, _, port = nobody.partition(":")

    async def run() -> SlowCounts:
        enough = asyncio.Event()
        asyncio.get_running_loop().call_later(0.3, enough.set)
        return await slow_clients(get(((host, int(port)),), "x", "/"), CLIENTS, "headers", enough, PACE)

    began = time.perf_counter()
    counts = uvloop.run(run())
    turns = (time.perf_counter() - began) / PACE
    assert counts.refused > CLIENTS, f"wanted them to try again, got {counts}"
    assert counts.connected == 0
    assert counts.refused <= CLIENTS * turns * 1.1 + CLIENTS, f"wanted one try each turn, got {counts}"


def test_those_that_hold_out_are_told() -> None:
    async def run() -> SlowCounts:
        over, held = asyncio.Event(), asyncio.Event()

        async def holds(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            asyncio.get_running_loop().call_later(0.1, over.set)
            await held.wait()
            writer.close()

        async with asyncio.timeout(GUARD), await asyncio.start_server(holds, "127.0.0.1", 0) as listening:
            request = get((listening.sockets[0].getsockname(),), "slow", "/")
            counts = await slow_clients(request, 1, "headers", over, 0.02)
            held.set()
            return counts

    counts = uvloop.run(run())
    assert (counts.connected, counts.holding, counts.dropped, counts.answered) == (1, 1, 0, 0), f"got {counts}"
