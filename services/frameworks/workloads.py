"""The workloads that need more than a line: a mix, a fan-out, streams, uploads and a WebSocket, in Starlette."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from contender import workload
from contender.asgi import CONTEXT
from contender.backend import call_all
from contender.problem import Problem
from contender.starlette import JSONLineResponse
from frameworks.contract import answer, parameters


async def mix(request: Request) -> Response:
    params = parameters(request)
    await asyncio.sleep(params["io_ms"] / 1000)
    workload.block(params.get("block_ms", 0))
    workload.burn(params["cpu_ms"])
    return answer(request, params, payload="x" * int(params["bytes"]))


async def fanout(request: Request) -> Response:
    """All calls at once: each is a task that waits for its own answer."""
    params = parameters(request)
    calls = await call_all(int(params["n"]), params["ms"])
    return answer(request, params, calls=calls)


# --- streams: a StreamingResponse ends by itself when its client has gone ------------------------------


async def stream(request: Request) -> Response:
    params = parameters(request)
    headers = {"Content-Type": "text/plain; charset=utf-8", "X-Accel-Buffering": workload.BUFFERING}
    return pace(request, range(1, int(params["chunks"]) + 1), params["ms"] / 1000, workload.padder(params), headers)


async def sse(request: Request) -> Response:
    """Server-sent events; a client that has seen them all gets 204, which ends its reconnecting."""
    params = parameters(request)
    first = workload.first_event(request.headers.get("last-event-id"))
    if first > params["events"]:
        return Response(status_code=204)
    unbuffered = {"Cache-Control": "no-store", "X-Accel-Buffering": workload.BUFFERING}
    headers = {"Content-Type": "text/event-stream", **unbuffered}
    return pace(request, range(first, int(params["events"]) + 1), params["ms"] / 1000, workload.event, headers)


def pace(
    request: Request, numbers: range, seconds: float, made: Callable[[int, int], str], headers: dict[str, str]
) -> Response:
    """What `made` makes of each number, so many seconds apart. HEAD has none, and must not wait for them."""

    async def chunks() -> AsyncIterator[str]:
        for number in numbers if request.method == "GET" else ():
            if number > numbers.start:
                await asyncio.sleep(seconds)
            yield made(number, numbers.stop - 1)

    return StreamingResponse(chunks(), headers=headers)


# --- uploads ----------------------------------------------------------------------------------------


async def upload(request: Request) -> Response:
    """Takes the body as it comes: what is hashed is dropped."""
    digest, size = hashlib.sha256(), 0
    try:
        async for chunk in request.stream():
            request.scope[CONTEXT].note_body_part()
            size += len(chunk)
            if size > workload.UPLOAD_LIMIT:
                raise workload.too_large()
            digest.update(chunk)
    except ClientDisconnect:
        raise Problem(400, f"The body ended after {size} bytes.") from None
    return JSONLineResponse({"bytes": size, "sha256": digest.hexdigest()})


# --- WebSocket --------------------------------------------------------------------------------------


async def echo(websocket: WebSocket) -> None:
    await websocket.accept(workload.subprotocol(websocket.scope.get("subprotocols") or ()))
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        if message.get("text") is not None:
            await websocket.send_text(message["text"])
        else:
            await websocket.send_bytes(message["bytes"])


routes: list[BaseRoute] = [
    Route("/stream", stream),
    Route("/sse", sse),
    Route("/upload", upload, methods=["POST"]),
    WebSocketRoute("/ws", echo),
]
