"""The probes of HTTP/1.0 and HTTP/1.1: https://www.rfc-editor.org/rfc/rfc9112."""

import asyncio
import json
import time
from contextlib import suppress

from bench.protocols.raw import Answer, connect, get, request
from bench.protocols.route import Finding, Route, no, partly, yes
from bench.stats.phrases import count
from contender.workload import HELLO

REUSES = 20  # requests on one connection, after which it counts as kept
IDLE = 20.0  # seconds that an idle connection is watched: above the 15 s of the contenders' servers
SILENCE = 2.0  # seconds without 100 Continue, after which a client sends its body all the same; curl waits for one


async def http_1_0(route: Route) -> Finding:
    path = route.path("hello")
    async with connect(route) as connection:
        await connection.send(f"GET {path} HTTP/1.0\r\n\r\n")
        answer = await connection.answer()
        closed = await connection.closed(1.0)  # second: it is closed at once, or not at all
    seen = f"`GET {path} HTTP/1.0` without Host: {answer.status} in HTTP/{answer.version}"
    if (answer.status, answer.body) != (200, HELLO):
        return no(seen)
    return yes(f"{seen}, then closed") if closed else partly(f"{seen}, but the connection stays open")


async def keep_alive(route: Route) -> Finding:
    async with connect(route) as connection:
        for number in range(1, REUSES + 1):
            try:
                answer = await connection.get(route, "hello")
            except OSError:
                return _reuse(number - 1, "then it was closed")
            if answer.status != 200:
                return no(f"request {number} on one connection: {answer.status}")
            if answer.headers.get("connection", "").lower() == "close":
                return _reuse(number, "then `Connection: close`")
        began = time.monotonic()
        closed = await connection.closed(IDLE)
        idle = (
            f"closed after {time.monotonic() - began:.1f} s idle" if closed else f"still open after {IDLE:.0f} s idle"
        )
    return _reuse(REUSES, idle)


def _reuse(requests: int, then: str) -> Finding:
    seen = f"{count(requests, 'request')} on one connection, {then}"
    return yes(seen) if requests == REUSES else no(seen) if requests <= 1 else partly(seen)


async def pipelining(route: Route) -> Finding:
    ids = ["pipelined-1", "pipelined-2"]
    async with connect(route) as connection:
        await connection.send("".join(request("GET", route, "whoami", f"X-Request-Id: {each}") for each in ids))
        answers: list[Answer] = []
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(SILENCE):
                while len(answers) < len(ids):
                    answers.append(await connection.answer())
    got = [json.loads(each.body).get("request_id") for each in answers if each.status == 200]
    seen = f"2 GETs in one write: {count(len(got), 'answer')}"
    return yes(f"{seen}, in order") if got == ids else no(seen)


async def expect_continue(route: Route) -> Finding:
    """The head alone, then the body when the server requests it."""
    async with connect(route) as connection:
        head = ("Expect: 100-continue", "Content-Length: 5", "Connection: close")
        await connection.send(request("POST", route, "upload", *head))
        answering = asyncio.create_task(connection.answer("POST"))
        waiting = asyncio.create_task(connection.continued.wait())
        await asyncio.wait({answering, waiting}, timeout=SILENCE, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        continued = connection.continued.is_set()
        if answering.done():
            return no(f"`Expect: 100-continue`: {answering.result().status} before the body was sent")
        await connection.send(b"hello")
        answer = await answering
    if continued and answer.status == 200:
        return yes("`Expect: 100-continue` with 5 bytes to come: 100, then 200 after the body")
    waited = "100" if continued else f"nothing for {SILENCE:.0f} s"
    return no(f"`Expect: 100-continue` with 5 bytes to come: {waited}, then {answer.status} after the body")


CHUNKS = "5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n"


async def chunked_request(route: Route) -> Finding:
    async with connect(route) as connection:
        await connection.send(request("POST", route, "upload", "Transfer-Encoding: chunked", "Connection: close"))
        await connection.send(f"{CHUNKS}\r\n")
        answer = await connection.answer("POST")
    counted = _bytes(answer)
    seen = f"3 chunks of 12 bytes: {answer.status}, {counted} bytes counted"
    return yes(seen) if counted == 12 else no(seen)


def _bytes(answer: Answer) -> int | None:
    return json.loads(answer.body).get("bytes") if answer.status == 200 else None


async def chunked_response(route: Route) -> Finding:
    answer = await get(route, "stream?chunks=3&ms=10")
    coding = answer.headers.get("transfer-encoding", "")
    complete = answer.status == 200 and b"chunk 3 of 3" in answer.body
    seen = f"`GET {route.path('stream')}?chunks=3`: {answer.status}"
    if complete and coding == "chunked":
        return yes(f"{seen}, `Transfer-Encoding: chunked`, all 3 lines")
    return partly(f"{seen}, all 3 lines, ended by connection close") if complete else no(seen)


async def request_trailers(route: Route) -> Finding:
    """Whether they are taken, and whether the application hears of them: neither WSGI nor ASGI has a place for them."""
    sent = ("Transfer-Encoding: chunked", "Trailer: X-Trailer", "Connection: close")
    async with connect(route) as connection:
        await connection.send(request("POST", route, "upload", *sent) + f"{CHUNKS}X-Trailer: seen\r\n\r\n")
        answer = await connection.answer("POST")
    async with connect(route) as connection:
        await connection.send(request("GET", route, "dump", *sent) + f"{CHUNKS}X-Trailer: seen\r\n\r\n")
        dump = await connection.answer()
    if _bytes(answer) != 12:
        return no(f"a chunked body with the trailer `X-Trailer: seen`: {answer.status}")
    if b"seen" in dump.body:
        return yes("chunked body with trailer `X-Trailer: seen`: 200, visible in /dump")
    return partly("chunked body with trailer `X-Trailer: seen`: 200, trailer dropped (not in /dump)")


async def head(route: Route) -> Finding:
    async with connect(route) as connection:
        await connection.send(request("HEAD", route, "hello", "Connection: close"))
        raw = await asyncio.wait_for(connection.reader.read(), SILENCE)
    top, _, body = raw.partition(b"\r\n\r\n")
    length = next((line for line in top.decode().lower().split("\r\n") if line.startswith("content-length:")), "")
    seen = f"`HEAD {route.path('hello')}`: {top.split()[1].decode()}, `{length}`, {len(body)} bytes of body"
    return yes(seen) if b" 200 " in top[:20] and not body and length.endswith(" 14") else no(seen)
