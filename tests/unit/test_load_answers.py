"""What servers answer, right and wrong: each kind is counted as itself, nothing hangs, and nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
import uvloop

from bench.loadgen import Exchange, Request, Window, burst, closed_loop, connection, constant, get, open_loop
from bench.loadgen.connection import MEBIBYTE
from tests.unit.scripted_server import (
    HELLO,
    Script,
    always,
    answer,
    byte_by_byte,
    never,
    scripted,
    then_closes,
    then_resets,
)

GUARD = 20  # seconds: a load that hangs is a failure, not a suite that never ends
TIMEOUT = 5
WINDOW = Window(0, 0.06)


@dataclass
class Outcome:
    """What any kind of load came to."""

    requests: int
    errors: Counter[str]
    timeouts: int
    intended: int


async def by_burst(request: Request, timeout: float) -> Outcome:
    rows = await burst(request, 5, timeout)
    assert all(row.ended is not None for row in rows), f"wanted every row ended, got {rows}"
    errors = Counter(row.error for row in rows if row.error)
    return Outcome(sum(row.error is None for row in rows), errors, errors.pop("timeout", 0), len(rows))


async def by_closed_loop(request: Request, timeout: float) -> Outcome:
    enough, ends = asyncio.Event(), count(1)
    window = Window(0, GUARD)  # however slow the machine, some exchanges end

    def each(_: Exchange) -> None:
        if next(ends) >= 6:
            enough.set()

    load = await closed_loop(request, 3, window, timeout, enough, on_exchange=each)
    return Outcome(load.requests, load.errors, load.timeouts, load.intended)


async def by_open_loop(request: Request, timeout: float) -> Outcome:
    load = await open_loop(request, constant(100, WINDOW.seconds), WINDOW, timeout)
    return Outcome(load.requests, load.errors, load.timeouts, load.intended)


EACH_LOAD = (by_burst, by_closed_loop, by_open_loop)


def guarded[Result](work: Coroutine[Any, Any, Result]) -> Result:
    async def run() -> Result:
        async with asyncio.timeout(GUARD):
            return await work

    return uvloop.run(run())


def outcomes(script: Script, timeout: float = TIMEOUT, **expected: Any) -> list[Outcome]:
    """Of each kind of load against one server."""

    async def run() -> list[Outcome]:
        async with scripted(script) as server:
            return [await load(server.request(**expected), timeout) for load in EACH_LOAD]

    return complete(guarded(run()))


def complete(outcomes: list[Outcome]) -> list[Outcome]:
    for got in outcomes:
        ended = got.requests + got.errors.total() + got.timeouts
        assert got.intended == ended > 0, f"wanted as many intended as ended, got {got}"
    return outcomes


def only(kind: str, case: str, outcomes: list[Outcome]) -> None:
    for got in outcomes:
        assert got.errors == {kind: got.intended}, f"{case}: wanted {kind!r} and nothing else, got {got}"


def none_wrong(case: str, outcomes: list[Outcome]) -> None:
    for got in outcomes:
        assert got.requests == got.intended, f"{case}: wanted right answers and nothing else, got {got}"


IDENTITY = b'{"service": "gevent", "pid": 7}\n'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nHello, \r\n7\r\nWorld!\n\r\n0\r\n\r\n"

RIGHT = {
    "with its length": always(answer(HELLO)),
    "in chunks": always(CHUNKED),
    "split at every byte": byte_by_byte(answer(HELLO)),
    "in chunks, split at every byte": byte_by_byte(CHUNKED),
    "and the end of the connection": then_closes(answer(HELLO, "200 OK", "Connection: close")),
    "that only the end of the connection ends": then_closes(b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\n" + HELLO),
    "after early hints": always(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(HELLO)),
}


def test_a_right_answer_is_right_however_it_comes() -> None:
    for case, script in RIGHT.items():
        none_wrong(case, outcomes(script))


WRONG = {
    "status 502": always(answer(b"<html>Bad Gateway</html>", "502 Bad Gateway")),
    "status 204": always(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "wrong body": always(answer(b"Hello, Word!!\n")),
    "closed": then_closes(answer(HELLO)[:-1]),
    "closed: before a byte": then_closes(b""),
    "closed: within chunks": then_closes(CHUNKED[:-5]),
    "closed: within the head": then_closes(b"HTTP/1.1 200 OK\r\nServer: x\r\n"),
    "reset": then_resets(answer(HELLO)[:-1]),
    "reset: before a byte": then_resets(b""),
    "not HTTP": always(b"SSH-2.0-OpenSSH_9.9 hello\r\n"),
    "data after the response": always(answer(HELLO) + b"and more"),
    "data after the response: another one": always(answer(HELLO) * 2),
    "response of 3 MiB above the limit of 2 MiB": always(answer(bytes(3 * MEBIBYTE))),
    "response above the limit of 2 MiB: of unknown length": then_closes(
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(3 * MEBIBYTE)
    ),
}


def test_a_wrong_answer_is_an_error_of_its_kind() -> None:
    for case, script in WRONG.items():
        only(case.partition(":")[0], case, outcomes(script))


def test_an_answer_whose_body_nothing_looks_at_may_be_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    none_wrong("3 MiB", outcomes(always(answer(bytes(3 * MEBIBYTE))), body=None))
    monkeypatch.setattr(connection, "LARGEST", 4 * MEBIBYTE)
    only(
        "response of 5 MiB above the limit of 4 MiB", "5 MiB", outcomes(always(answer(bytes(5 * MEBIBYTE))), body=None)
    )


def test_the_identity_of_the_contender_is_right_in_any_white_space_and_nobody_elses() -> None:
    megabyte = b'{"service": "gevent", "payload": "' + b"x" * 2**20 + b'"}\n'
    for body in (IDENTITY, b'{"pid":7,"service":"gevent"}', b' {"service" : "gevent"} \n', megabyte):
        none_wrong(f"{body[:40]!r}", outcomes(always(answer(body)), body=None, service="gevent"))
    for body in (b'{"service": "sync"}', b'"service": "gevent"', IDENTITY[:-2], b"", b"{}"):
        only("wrong body", f"{body!r}", outcomes(always(answer(body)), body=None, service="gevent"))


def test_an_answer_that_never_begins_or_never_ends_is_a_time_out() -> None:
    for case, script in {"begins": never, "ends": always(answer(HELLO)[:-1])}.items():
        for got in outcomes(script, timeout=0.1):
            assert got.timeouts == got.intended, f"never {case}: wanted time-outs and nothing else, got {got}"


def test_a_closed_port_is_refused_and_an_unknown_name_is_no_address(nobody: str) -> None:
    host, _, port = nobody.partition(":")
    for kind, address in {"refused": (host, int(port)), "no address": ("nobody.invalid", 80)}.items():
        only(kind, host, [guarded(load(get((address,), "x", "/"), TIMEOUT)) for load in EACH_LOAD])


def test_each_row_of_a_race_says_what_became_of_it() -> None:
    """The first of each three connections is answered, the second refused, the third reset."""
    turns = iter([always(answer(HELLO)), always(answer(b"", "503 No")), then_resets(b"")] * 3)

    async def in_turn(writer: asyncio.StreamWriter, before: int) -> None:
        await next(turns)(writer, before)

    async def run() -> Any:
        async with scripted(in_turn) as server:
            return await burst(server.request(), 9, TIMEOUT)

    rows = guarded(run())
    assert Counter(row.error for row in rows) == {None: 3, "status 503": 3, "reset": 3}
    assert {(row.status, row.received is None) for row in rows} == {(200, False), (503, False), (None, True)}
    assert {row.body for row in rows if row.error is None} == {HELLO}, "wanted the bodies kept"
    assert all(row.due <= row.sent <= row.ended for row in rows)
    assert sorted(row.connection for row in rows) == list(range(9)), "wanted a connection for each"
