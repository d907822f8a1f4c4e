"""The features in the order of the grid, and a walk through all of them on one way."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import h11

from bench.protocols import http1, http2, http3, lifecycle, streams, websocket
from bench.protocols.way import EVIDENCE, Finding, Probe, Way, no

# One after the other, as they count what is in flight, or need the server for themselves.
FEATURES = (
    "http10",
    "keep-alive",
    "pipelining",
    "expect-continue",
    "chunked-request",
    "chunked-response",
    "request-trailers",
    "head",
    "h2-prior-knowledge",
    "h2c-upgrade",
    "h2-alpn",
    "h3",
    "websocket-text",
    "websocket-binary",
    "websocket-subprotocol",
    "websocket-deflate",
    "websocket-h2",
    "sse",
    "early-hints",
    "streaming-request",
    "client-disconnect",
    "large-response",
    "graceful-shutdown",
)
# Seconds: an answer that takes longer is none. What waits by itself says how long.
PATIENCE = 5.0
LONGER = {
    "keep-alive": http1.IDLE + PATIENCE,
    "client-disconnect": streams.LEAVING + PATIENCE,
    "large-response": 30.0,  # 300 MiB through the slowest of them
    "graceful-shutdown": lifecycle.BACK + PATIENCE,
}


def probes(direct: Way) -> dict[str, Probe]:
    return {
        "http10": http1.http_1_0,
        "keep-alive": http1.keep_alive,
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
        "client-disconnect": partial(streams.client_disconnect, direct=direct),
        "large-response": partial(streams.large_response, direct=direct),
        "graceful-shutdown": partial(lifecycle.graceful_shutdown, direct=direct),
    }


async def findings(direct: Way, *others: Way) -> AsyncIterator[tuple[Way, str, Finding]]:
    """Each feature's on each way, as it is found. `direct` is a way as well as what is asked beside one.

    Idle connections are watched beside all else. What stops the server comes last, when it disturbs nothing.
    """
    ways = (direct, *others)
    every = probes(direct)
    *walk, last = FEATURES
    idle = {way: asyncio.create_task(found(every["keep-alive"], way, LONGER["keep-alive"])) for way in ways}
    try:
        for way in ways:
            for name in walk:
                if name != "keep-alive":
                    yield way, name, await found(every[name], way, LONGER.get(name, PATIENCE))
        for way in ways:
            yield way, "keep-alive", await idle[way]
        for way in ways:
            await lifecycle.back(way)
            yield way, last, await found(every[last], way, LONGER[last])
        await lifecycle.back(*ways)
    finally:
        for each in idle.values():
            each.cancel()


async def found(probe: Probe, way: Way, seconds: float) -> Finding:
    """What goes wrong is a finding too: a contender without a feature is a row, never a failed run."""
    try:
        async with asyncio.timeout(seconds):
            finding = await probe(way)
    except TimeoutError:
        return no(f"no answer within {seconds:.0f} s")
    except h11.RemoteProtocolError as error:
        return no(f"what came back is no HTTP/1.1: {error}")
    except Exception as error:
        return no(_line(f"{type(error).__name__}: {error}"))
    return Finding(finding.verdict, _line(finding.evidence))


def _line(text: str) -> str:
    return " ".join(text.split())[:EVIDENCE]
