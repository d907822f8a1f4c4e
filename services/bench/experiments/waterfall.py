"""waterfall: one client's small requests as a browser sends them, over HTTP/1.1, HTTP/2 and HTTP/3."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bench.notices import Notice, TurnBegan, Verdict
from bench.protocols.http2 import ALPN, Http2, http2
from bench.protocols.http3 import Http3, http3
from bench.protocols.raw import Answer, RawConnection, connect
from bench.protocols.route import Route
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict
from bench.stats import Measurement
from bench.stats.pages import PageSummary, summarise, summarise_pages
from bench.stats.phrases import milliseconds
from bench.stats.select import by
from bench.target import lab
from bench.target.drain import drain_before
from bench.views.drawing import TALLEST, WAITING, WIDTH, colour_of
from bench.views.parts import Part, Table, ms
from experiments.schema.params import query
from experiments.waterfall import Waterfall, WaterfallSample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CONNECTIONS = 6  # that a browser opens to one host by HTTP/1.1
TIMEOUT = 65.0  # seconds; nginx gives up after 60, and its answer is worth more than our impatience
ALIKE = 1.35  # slower over faster, up to which neither protocol has won
PROTOCOLS = {"http/1.1": "HTTP/1.1", "h2": "HTTP/2", "h3": "HTTP/3"}
Finish = Callable[[int, int, float, Answer | Exception], None]  # seq, connection, when it was sent, what came of it


async def run(params: Waterfall, contenders: list[str], report: Report) -> Verdict:
    ca = await asyncio.to_thread(lab.authority)
    seconds = params.requests / 4 * lab.service_seconds(params)  # of a server that serves four at a time
    turns = count()
    measured: list[Measurement] = []
    for contender in contenders:
        measured.append(Measurement(contender, await drain_before(contender, direct=False)))
        for protocol in _FETCHED:
            report.turn(f"{contender} {protocol}", next(turns), len(contenders) * len(_FETCHED), seconds)
            await _page(contender, protocol, ca, params, report)
    return verdict(measured)


async def _page(contender: str, protocol: str, ca: str, params: Waterfall, report: Report) -> None:
    (edge,) = lab.edge_tls()
    route = Route(contender, "nginx-tls", *edge, f"/{contender}", ca)
    parameters = query(params)
    rest = params.workload + (f"?{urlencode(parameters)}" if parameters else "")
    report.notice(TurnBegan(contender=contender, protocol=protocol, at=time.time()))

    def finish(seq: int, connection: int, sent: float, answer: Answer | Exception) -> None:
        report.sample(sample(contender, protocol, seq, connection, sent, answer))

    await _FETCHED[protocol](route, rest, params.requests, finish)


async def _over_http1(route: Route, rest: str, requests: int, finish: Finish) -> None:
    """A request waits until one of the connections is free."""
    waiting = iter(range(requests))

    async def client(number: int) -> None:
        async with AsyncExitStack() as open_connections:
            idle: list[RawConnection] = []

            async def answered() -> Answer:
                connection = idle.pop() if idle else await open_connections.enter_async_context(connect(route))
                answer = await connection.get(route, rest)
                if answer.headers.get("connection") != "close":
                    idle.append(connection)
                return answer

            for seq in waiting:
                await _one(seq, number, answered(), finish)

    await asyncio.gather(*(client(number) for number in range(1, min(CONNECTIONS, requests) + 1)))


async def _over_http2(route: Route, rest: str, requests: int, finish: Finish) -> None:
    await _over_one(http2(route, ALPN), route, rest, requests, finish)


async def _over_http3(route: Route, rest: str, requests: int, finish: Finish) -> None:
    await _over_one(http3(route), route, rest, requests, finish)


async def _over_one(
    opening: AbstractAsyncContextManager[Http2 | Http3], route: Route, rest: str, requests: int, finish: Finish
) -> None:
    began = time.time()
    try:
        async with opening as connection:
            await asyncio.gather(*(_one(seq, 1, connection.get(route, rest), finish) for seq in range(requests)))
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
_FETCHED: dict[str, Callable[[Route, str, int, Finish], Awaitable[None]]] = {
    "http/1.1": _over_http1,
    "h2": _over_http2,
    "h3": _over_http3,
}


def sample(
    contender: str, protocol: str, seq: int, connection: int, sent: float, answer: Answer | Exception
) -> WaterfallSample:
    """The client's times, and those that the answer's own headers tell."""
    row = {"contender": contender, "protocol": protocol, "connection": connection, "seq": seq, "sent": sent}
    identity = _identity(answer) if isinstance(answer, Answer) else {}
    return WaterfallSample.model_validate(dict.fromkeys(UNKNOWN) | row | identity | {"error": _error(answer)})


UNKNOWN = ("status", "started", "finished", "received", "pid", "lane", "queued_ms")


def _identity(answer: Answer) -> dict[str, object]:
    received = time.time()
    return {"status": answer.status, "received": received, **answer.served_by(received)}


def _error(answer: Answer | Exception) -> str | None:
    if isinstance(answer, Answer):
        return None if answer.status == 200 else str(answer.status)
    return "timeout" if isinstance(answer, TimeoutError) else f"{type(answer).__name__}: {answer}"[:200]


def sentences(_params: dict[str, Any], rows: Sequence[WaterfallSample], _notices: Sequence[Notice]) -> list[str]:
    pages: dict[str, list[PageSummary]] = {}
    for each in summarise_pages(rows):
        pages.setdefault(each.contender, []).append(each)
    return [sentence for contender, own in pages.items() for sentence in _pages(contender, own)]


def _pages(contender: str, pages: list[PageSummary]) -> list[str]:
    whole = [each for each in pages if each.last_ms is not None and not each.errors]
    short = [each for each in pages if each not in whole]
    failed = [f"{contender}: {each.errors} requests over {PROTOCOLS[each.protocol]} failed." for each in short]
    if not whole:
        return failed
    took = ", ".join(f"{milliseconds(each.last_ms or 0)} over {_connection_summary(each)}" for each in whole)
    return [f"{contender} served {whole[0].answered} requests in {took}.", *_limit(contender, whole), *failed]


def _connection_summary(page: PageSummary) -> str:
    connections = f" ({page.connections} connections)" if page.connections > 1 else ""
    return f"{PROTOCOLS[page.protocol]}{connections}"


def _limit(contender: str, pages: list[PageSummary]) -> list[str]:
    """Where another protocol makes no difference, because the contender works on a few at a time whatever comes."""
    first, *others = pages
    free = [each for each in others if each.connections < first.connections]
    if not free or any(_last(each) * ALIKE < _last(first) for each in free):
        return []
    most = max(each.at_once for each in pages)
    if most >= first.answered:
        return []
    return [f"The bottleneck was {contender}, not the protocol: peak concurrency {most}."]


def _last(one: PageSummary) -> float:
    return max(one.last_ms or 0.0, 1e-3)


def table(rows: Sequence[WaterfallSample], notices: Sequence[Notice]) -> Iterable[Part]:
    shown = Table(("contender", "protocol", "connections", "answered", "errors", "last", "at once"))
    for each in summarise_pages(rows):
        counts = map(str, (each.connections, each.answered, each.errors))
        shown.add(each.contender, each.protocol, *counts, ms(each.last_ms), str(each.at_once))
    yield shown


def draw(figure: Figure, rows: Sequence[WaterfallSample]) -> None:
    """The network panel of a browser: a line a request, one block a contender and protocol."""
    blocks = [(name, own) for name, every in by(rows, "contender").items() for own in by(every, "protocol").values()]
    height = min(TALLEST, 0.03 * len(rows)) + 0.5 * len(blocks)
    figure.set_size_inches(WIDTH, 1.2 + height)
    axes = figure.subplots(len(blocks), sharex=True, squeeze=False)[:, 0]
    for axis, (name, own) in zip(axes, blocks, strict=True):
        begun = min(row.sent for row in own)
        colour = colour_of(name)
        for row in own:
            sent, received = (1000 * (moment - begun) for moment in (row.sent, row.received or row.sent))
            started = sent if row.started is None else max(sent, 1000 * (row.started - begun))
            axis.barh(row.seq, started - sent, left=sent, color=colour, alpha=WAITING, height=0.8)
            axis.barh(row.seq, received - started, left=started, color=colour, height=0.8)
        last = max((row.received - begun for row in own if row.received), default=0)
        axis.set_ylim(max(row.seq for row in own) + 0.5, -0.5)
        axis.set_yticks([])
        axis.set_title(f"{name} over {own[0].protocol}: {1000 * last:,.0f} ms", loc="left", fontsize=9)
        axis.spines[["top", "right", "left"]].set_visible(False)
    axes[-1].set_xlabel("ms since the first request (light: queued, solid: processing)")


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=draw,
)
