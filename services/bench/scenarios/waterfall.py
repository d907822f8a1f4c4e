"""waterfall: one client's small requests as a browser sends them, over HTTP/1.1, HTTP/2 and HTTP/3."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from itertools import count
from urllib.parse import urlencode

from bench.protocols.http2 import ALPN, Http2, http2
from bench.protocols.http3 import Http3, http3
from bench.protocols.way import Way
from bench.protocols.wire import Answer, Wire, wire
from bench.scenarios.report import Report
from bench.scenarios.verdict import Verdict, verdict
from bench.stats import Checked
from bench.target import lab
from bench.target.drain import drain_before
from experiments.registry import Waterfall, query
from experiments.samples import WaterfallSample

CONNECTIONS = 6  # that a browser opens to one host by HTTP/1.1
TIMEOUT = 65.0  # seconds; nginx gives up after 60, and its answer is worth more than our impatience

Finish = Callable[[int, int, float, Answer | Exception], None]  # seq, connection, when it was sent, what came of it


async def waterfall(params: Waterfall, contenders: list[str], report: Report) -> Verdict:
    ca = await asyncio.to_thread(lab.authority)
    seconds = params.requests / 4 * lab.service_seconds(params)  # of a server that serves four at a time
    turns = count()
    measured: list[Checked] = []
    for contender in contenders:
        measured.append(Checked(contender, await drain_before(contender, direct=False)))
        for protocol in _FETCHED:
            report.turn(f"{contender} {protocol}", next(turns), len(contenders) * len(_FETCHED), seconds)
            await _page(contender, protocol, ca, params, report)
    return verdict(measured)


async def _page(contender: str, protocol: str, ca: str, params: Waterfall, report: Report) -> None:
    (edge,) = lab.edge_tls()
    way = Way(contender, "nginx-tls", *edge, f"/{contender}", ca)
    given = query(params)
    rest = params.workload + (f"?{urlencode(given)}" if given else "")
    report.notice("contender", contender=contender, protocol=protocol, at=time.time())

    def finish(seq: int, connection: int, sent: float, answer: Answer | Exception) -> None:
        report.sample(sample(contender, protocol, seq, connection, sent, answer))

    await _FETCHED[protocol](way, rest, params.requests, finish)


async def _over_http1(way: Way, rest: str, requests: int, finish: Finish) -> None:
    """A request waits until one of the connections is free."""
    waiting = iter(range(requests))

    async def client(number: int) -> None:
        async with AsyncExitStack() as open_connections:
            idle: list[Wire] = []

            async def answered() -> Answer:
                connection = idle.pop() if idle else await open_connections.enter_async_context(wire(way))
                answer = await connection.get(way, rest)
                if answer.headers.get("connection") != "close":
                    idle.append(connection)
                return answer

            for seq in waiting:
                await _one(seq, number, answered(), finish)

    await asyncio.gather(*(client(number) for number in range(1, min(CONNECTIONS, requests) + 1)))


async def _over_http2(way: Way, rest: str, requests: int, finish: Finish) -> None:
    await _over_one(http2(way, ALPN), way, rest, requests, finish)


async def _over_http3(way: Way, rest: str, requests: int, finish: Finish) -> None:
    await _over_one(http3(way), way, rest, requests, finish)


async def _over_one(
    opening: AbstractAsyncContextManager[Http2 | Http3], way: Way, rest: str, requests: int, finish: Finish
) -> None:
    began = time.time()
    try:
        async with opening as connection:
            await asyncio.gather(*(_one(seq, 1, connection.get(way, rest), finish) for seq in range(requests)))
    except OSError as error:  # no connection: no request gets anywhere
        for seq in range(requests):
            finish(seq, 1, began, error)


async def _one(seq: int, connection: int, request: Awaitable[Answer], finish: Finish) -> None:
    sent = time.time()
    try:
        async with asyncio.timeout(TIMEOUT):
            answer: Answer | Exception = await request
    except Exception as error:  # a failed request is a row
        answer = error
    finish(seq, connection, sent, answer)


# In the order in which they are measured.
_FETCHED: dict[str, Callable[[Way, str, int, Finish], Awaitable[None]]] = {
    "http/1.1": _over_http1,
    "h2": _over_http2,
    "h3": _over_http3,
}


def sample(
    contender: str, protocol: str, seq: int, connection: int, sent: float, answer: Answer | Exception
) -> WaterfallSample:
    """The client's times, and those that the answer's own headers tell."""
    row = {"contender": contender, "protocol": protocol, "connection": connection, "seq": seq, "sent": sent}
    told = _told(answer) if isinstance(answer, Answer) else {}
    return WaterfallSample.model_validate(dict.fromkeys(UNKNOWN) | row | told | {"error": _error(answer)})


UNKNOWN = ("status", "started", "finished", "received", "pid", "lane", "queued_ms")


def _told(answer: Answer) -> dict[str, object]:
    received = time.time()
    return {"status": answer.status, "received": received, **answer.served_by(received)}


def _error(answer: Answer | Exception) -> str | None:
    if isinstance(answer, Answer):
        return None if answer.status == 200 else str(answer.status)
    return "timeout" if isinstance(answer, TimeoutError) else f"{type(answer).__name__}: {answer}"[:200]
