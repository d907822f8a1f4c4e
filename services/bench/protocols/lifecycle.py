"""The probe of a server that is stopped while a request is in flight."""

import asyncio
import json
import time
from contextlib import suppress

import h11

from bench.protocols.raw import connect, get, request
from bench.protocols.route import Finding, Route, no, yes

WORK = 1.0  # seconds that the request takes: longer than it takes a server to hear SIGTERM
BEGUN = 0.3  # seconds after which it is being served
BACK = 30.0  # seconds in which the server is there again: Docker restarts it at once, gunicorn starts in one
LOOK = 0.1  # seconds between two looks


async def graceful_shutdown(route: Route, direct: Route) -> Finding:
    seen = f"SIGTERM during `GET {route.path('io')}?ms={WORK * 1000:.0f}`"
    try:
        async with connect(route) as connection:
            await connection.send(request("GET", route, f"io?ms={WORK * 1000:.0f}", "Connection: close"))
            await asyncio.sleep(BEGUN)
            async with connect(direct) as stopping:
                stop = request("POST", direct, "internal/stop", "Content-Length: 0", "Connection: close")
                await stopping.send(stop)
                reply = await stopping.answer("POST")
            if reply.status != 202:
                return no(f"POST {direct.path('internal/stop')}: {reply.status}; the server got no SIGTERM")
            try:
                answer = await connection.answer()
            except (OSError, asyncio.IncompleteReadError) as error:
                return no(f"{seen}: {str(error) or type(error).__name__}")
        whole = answer.status == 200 and json.loads(answer.body)["workload"] == "io"
        return yes(f"{seen}: 200, completed") if whole else no(f"{seen}: {answer.status}")
    finally:
        await back(route)


async def back(*ways: Route) -> None:
    """Until each way leads to a server that answers, or for BACK seconds."""
    deadline = time.monotonic() + BACK
    for route in ways:
        while time.monotonic() < deadline:
            with suppress(OSError, TimeoutError, h11.RemoteProtocolError):
                async with asyncio.timeout(1.0):  # second: a listener without an accept yet
                    if (await get(route, "healthz")).status == 200:
                        break
            await asyncio.sleep(LOOK)
