"""The features in the order of the grid, and a walk through all of them on one way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import h11

from bench.protocols import http1, http2, http3, lifecycle, streams, websocket
from bench.protocols.route import EVIDENCE, Finding, Probe, Route, no
from experiments.protocols import FEATURES

IDLE, LAST = "keep-alive", "graceful-shutdown"

PROBES: dict[str, Probe] = {
    "http10": http1.http_1_0,
    IDLE: http1.keep_alive,
    "pipelining": http1.pipelining,
    "expect-continue": http1.expect_continue,
    "chunked-request": http1.chunked_request,
    "chunked-response": http1.chunked_response,
    "request-trailers": http1.request_trailers,
    "head": http1.head,
    "h2-prior-knowledge": http2.prior_knowledge,
    "h2c-upgrade": http2.upgrade,
    "h2-alpn": http2.by_alpn,
    "h3": http3.over_quic,
    "websocket-text": websocket.text,
    "websocket-binary": websocket.binary,
    "websocket-subprotocol": websocket.subprotocol,
    "websocket-deflate": websocket.deflate,
    "websocket-h2": websocket.over_http2,
    "sse": streams.events,
    "early-hints": streams.early_hints,
    "streaming-request": streams.streaming_request,
}
# These request from the contender directly, too: its state while they go on, or to stop.
ObservedProbe = Callable[[Route, Route], Awaitable[Finding]]
OBSERVED: dict[str, ObservedProbe] = {
    "client-disconnect": streams.client_disconnect,
    "large-response": streams.large_response,
    LAST: lifecycle.graceful_shutdown,
}

# Seconds: a response that takes longer is none. What waits by itself has its own time.
PATIENCE = 5.0
LONGER = {
    IDLE: http1.IDLE + PATIENCE,
    "client-disconnect": streams.LEAVING + PATIENCE,
    "large-response": 30.0,  # 300 MiB through the slowest of them
    LAST: lifecycle.BACK + PATIENCE,
}


async def findings(
    direct: Route, *others: Route, wanted: Sequence[str] = FEATURES
) -> AsyncIterator[tuple[Route, str, Finding]]:
    """Each feature's on each way, as it is found. `direct` is a route, and what some probes request beside another one.

    One after the other, as some count what is in flight; but idle connections are watched beside all else. What stops
    the server comes last, when it disturbs nothing.
    """
    ways = (direct, *others)
    every = PROBES | {name: partial(_observe, probe, direct) for name, probe in OBSERVED.items()}
    idle = {route: asyncio.create_task(found(every[IDLE], route, LONGER[IDLE])) for route in ways if IDLE in wanted}
    try:
        for route in ways:
            for name in (each for each in wanted if each not in (IDLE, LAST)):
                yield route, name, await found(every[name], route, LONGER.get(name, PATIENCE))
        for route, watched in idle.items():
            yield route, IDLE, await watched
        for route in ways if LAST in wanted else ():
            await lifecycle.back(route)
            yield route, LAST, await found(every[LAST], route, LONGER[LAST])
        await lifecycle.back(*ways)
    finally:
        for each in idle.values():
            each.cancel()


def _observe(probe: ObservedProbe, direct: Route, route: Route) -> Awaitable[Finding]:
    return probe(route, direct)


async def found(probe: Probe, route: Route, seconds: float) -> Finding:
    """What goes wrong is a finding too: a contender without a feature is a row, never a failed run."""
    try:
        async with asyncio.timeout(seconds):
            finding = await probe(route)
    except TimeoutError:
        return no(f"timed out after {seconds:.0f} s")
    except h11.RemoteProtocolError as error:
        return no(f"the reply is not HTTP/1.1: {error}")
    except Exception as error:
        return no(_line(f"{type(error).__name__}: {error}"))
    return Finding(finding.verdict, _line(finding.evidence))


def _line(text: str) -> str:
    return " ".join(text.split())[:EVIDENCE]
