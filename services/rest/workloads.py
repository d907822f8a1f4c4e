"""The contract's workloads as Starlette routes: what asgi/app.py does by hand, in the framework's words.

One difference is the framework's own: a StreamingResponse ends when its client goes away, an endpoint that
awaits (`/io`) runs to its end.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from contender import awaiting, problem, workload
from contender.asgi import VISIT
from contender.dump import dump
from contender.identity import Worker
from contender.usage import usage
from rest.content import JSONLineResponse

Endpoint = Callable[[Request], Awaitable[Response]]

WORKER = Worker(carrier="task")


async def hello(request: Request) -> Response:
    # The media type as a header: Starlette would add a charset, and the five hellos are the same to the byte.
    return Response(workload.HELLO, headers={"Content-Type": "text/plain"})


async def healthz(request: Request) -> Response:
    return Response(b"ok\n", headers={"Content-Type": "text/plain"})


async def dumped(request: Request) -> Response:
    return Response(dump(dict(request.scope)), media_type="application/json")


async def used(request: Request) -> Response:
    return JSONLineResponse(usage())


def query(request: Request) -> str:
    """The query string as it was sent; `request.url` would fail where it is no UTF-8."""
    return str(request.scope["query_string"].decode("latin-1"))


def answer(name: str) -> Endpoint:
    """Does the work with the parameters of the query string, then answers with the identity and what came of it."""

    async def answered(request: Request) -> Response:
        params = workload.parameters(name, query(request))
        result = await awaiting.WORK[name](**params)
        return JSONLineResponse(WORKER.identity(request.scope[VISIT], name, params) | result)

    return answered


async def stream(request: Request) -> Response:
    params = workload.parameters("stream", query(request))
    chunks = awaiting.paced(params["chunks"], params["ms"], workload.line)
    return streamed(request, chunks, {"Content-Type": "text/plain; charset=utf-8", "X-Accel-Buffering": "no"})


async def sse(request: Request) -> Response:
    """Server-sent events; a client that has seen them all is told with 204 not to come back."""
    params = workload.parameters("sse", query(request))
    first = workload.first_event(request.headers.get("last-event-id"))
    if first > params["events"]:
        return Response(status_code=204)
    events = awaiting.paced(params["events"], params["ms"], workload.event, first)
    no_buffers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return streamed(request, events, {"Content-Type": "text/event-stream", **no_buffers})


def streamed(request: Request, chunks: AsyncIterator[str], headers: dict[str, str]) -> Response:
    """HEAD has the headers of GET, and must not wait for a body that is not sent."""
    return StreamingResponse(chunks if request.method == "GET" else iter(()), headers=headers)


async def upload(request: Request) -> Response:
    """Takes the body as it comes: what is hashed is forgotten."""
    digest, size = hashlib.sha256(), 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > workload.UPLOAD_LIMIT:
                raise workload.too_large()
            digest.update(chunk)
    except ClientDisconnect:
        raise problem.Problem(400, f"The body ended after {size} bytes.") from None
    return JSONLineResponse({"bytes": size, "sha256": digest.hexdigest()})


async def ws_without_upgrade(request: Request) -> Response:
    raise problem.upgrade_required("This is a WebSocket; ask with 'Upgrade: websocket'.")


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        if message.get("text") is not None:
            await websocket.send_text(message["text"])
        else:
            await websocket.send_bytes(message["bytes"])


routes: list[BaseRoute] = [
    Route("/hello", hello),
    Route("/healthz", healthz),
    Route("/dump", dumped, name="dump"),
    Route("/usage", used),
    *(Route(f"/{name}", answer(name), name=name) for name in awaiting.WORK),
    Route("/stream", stream),
    Route("/sse", sse),
    Route("/upload", upload, methods=["POST"]),
    Route("/ws", ws_without_upgrade),
    WebSocketRoute("/ws", echo),
]
