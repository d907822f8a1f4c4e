"""The probes of what flows: events, hints, bodies in both directions, and clients that leave."""

import asyncio
import json
import time
from contextlib import suppress

from bench import event_stream
from bench.protocols.http2 import ALPN, http2
from bench.protocols.raw import connect, get, request
from bench.protocols.route import Finding, Route, no, partly, yes

PACE = 0.3  # seconds between two events or chunks: a pause of the machine is shorter
PART = 128 * 1024  # bytes: more than an application reads at a time, 64 KiB
LEAVING = 5.0  # seconds in which an application notices that its client has gone, or never
WATCHED = 0.02  # seconds between two looks, each at the process that happens to answer
STALL = 1.0  # seconds in which nothing is read of a large response
MORE = 44  # MiB of it above the memory that the contender may have
HELD = 64  # MiB that a server may take for it: what is above was kept for a client that did not read


async def events(route: Route) -> Finding:
    """Had a proxy kept two together, the first would have come when the second was made, or later."""
    answer = await get(route, f"sse?events=3&ms={PACE * 1000:.0f}")
    made = [json.loads(event.data)["made"] for event in event_stream.parse(answer.body.decode())]
    came = [at for at, part in answer.parts if b"data: " in part]
    seen = f"`GET {route.path('sse')}?events=3&ms={PACE * 1000:.0f}`: {answer.status}"
    if answer.status != 200 or len(made) != 3:
        return no(f"{seen}, {len(made)} events")
    late = max(arrived - each for arrived, each in zip(came, made, strict=False)) * 1000
    if len(came) == 3 and all(arrived < following for arrived, following in zip(came, made[1:], strict=False)):
        return yes(f"{seen}, each event received within {late:.0f} ms")
    return no(f"{seen}, 3 events in {len(came)} reads, up to {late:.0f} ms late")


async def early_hints(route: Route) -> Finding:
    """By TLS over HTTP/2, as nginx passes them on to that alone: older clients take 103 for the answer."""
    if route.ca is None:
        answer = await get(route, "hints")
    else:
        async with http2(route, ALPN) as connection:
            answer = await connection.get(route, "hints")
    came = ", ".join(map(str, [*answer.interim, answer.status]))
    seen = f"`GET {route.path('hints')}` over HTTP/{answer.version}: {came}"
    return yes(seen) if 103 in answer.interim else no(f"{seen}, no 103")


async def streaming_request(route: Route) -> Finding:
    """The application reports the time between the first and the last of the body."""
    async with connect(route) as connection:
        await connection.send(request("POST", route, "upload", f"Content-Length: {2 * PART}", "Connection: close"))
        await connection.send(bytes(PART))
        await asyncio.sleep(PACE)
        await connection.send(bytes(PART))
        answer = await connection.answer("POST")
    seen = f"POST of twice 128 KiB, {PACE * 1000:.0f} ms apart: {answer.status}"
    if answer.status != 200 or "body" not in answer.timing:
        return no(seen)
    apart = answer.timing["body"]
    seen += f", first and last byte {apart:.0f} ms apart in the app"
    return yes(seen) if apart >= PACE * 1000 / 2 else no(f"{seen}: the body was buffered")


async def client_disconnect(route: Route, direct: Route) -> Finding:
    """A stream that its client leaves; then the process that made it reports, directly, whether it still does."""
    async with connect(route) as connection:
        await connection.send(request("GET", route, f"stream?chunks=1000&ms={PACE * 1000:.0f}"))
        head = (await connection.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        await connection.reader.readuntil(b"made at ")
    left = time.monotonic()
    served = next((line for line in head.splitlines() if line.startswith("x-served-by: ")), "")
    process = [part.strip() for part in served.partition(": ")[2].split(",")[:2]]
    if len(process) != 2:
        return no(f"`GET {route.path('stream')}`: no X-Served-By")
    while (gone := time.monotonic() - left) < LEAVING:
        if await _rests(direct, process):
            seen = f"client disconnect, one chunk per {PACE * 1000:.0f} ms: noticed after {gone * 1000:.0f} ms"
            return yes(seen) if gone < PACE * 0.9 else partly(f"{seen}, on the next failed write")
        await asyncio.sleep(WATCHED)
    return no(f"client disconnect: still streaming after {LEAVING:.0f} s")


async def _rests(direct: Route, process: list[str]) -> bool:
    """Whether this process, if it is the one that answers, has nothing else under way."""
    with suppress(OSError):
        who = json.loads((await get(direct, "whoami")).body)
        return [f"host={who['host']}", f"pid={who['pid']}"] == process and who["in_flight"] == 1
    return False


async def large_response(route: Route, direct: Route) -> Finding:
    """More than the contender's memory, of which nothing is read for a while: back pressure, or a death."""
    before = await _usage(direct)
    limit = int(before["memory_limit_mb"] or 256)  # without one, what a contender has by default
    mib = limit + MORE
    async with connect(route) as connection:
        target = f"stream?chunks={mib}&ms=0&bytes=1048576"
        await connection.send(request("GET", route, target, "Connection: close"))
        await connection.reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(STALL)
        held = (await _usage(direct))["memory_mb"] - before["memory_mb"]
        received = 0
        with suppress(OSError):
            while data := await connection.reader.read(1 << 20):
                received += len(data)
    seen = f"{received >> 20} of {mib} MiB (limit {limit}), read after {STALL:.0f} s"
    if received < mib << 20:
        return no(f"{seen}: connection closed early")
    seen += f"; memory grew {max(0, held):.0f} MiB"
    return yes(seen) if held < HELD else partly(seen)


async def _usage(direct: Route) -> dict[str, float]:
    found: dict[str, float] = json.loads((await get(direct, "usage")).body)
    return found
