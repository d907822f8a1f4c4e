"""The workloads of more than a line, on an event loop: a database, a mix, a fan-out, streams, uploads, a WebSocket."""

import asyncio
import hashlib
from collections.abc import Callable

from contender import database, workload
from contender.asgi import CONTEXT, App, Receive, Scope, Send, header
from contender.asgi_contract import answer, parameters, send_json, start
from contender.backend import call_all


def record_start[**P](scope: Scope, function: Callable[P, None]) -> Callable[P, None]:
    """The same function, which records when a thread begins with it: what came before was a wait for that thread."""

    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        scope[CONTEXT].handed_off()
        function(*args, **kwargs)

    return call


async def db(scope: Scope, receive: Receive, send: Send) -> None:
    """Queries a database by a driver that is awaited. One that is not (`driver=blocking`) stops the whole process."""
    params = parameters(scope)
    async with database.connection_async() as (connection, query):
        for _ in range(params["queries"]):
            if params.get("driver") == "blocking":
                database.execute_blocking(connection, params["ms"])
            else:
                await connection.execute("SELECT pg_sleep(%s)", [params["ms"] / 1000])
    workload.burn(params.get("cpu_ms", 0))
    await answer(scope, send, params, **query.times())


async def mix(scope: Scope, receive: Receive, send: Send) -> None:
    params = parameters(scope)
    await asyncio.sleep(params["io_ms"] / 1000)
    workload.block(params.get("block_ms", 0))
    workload.burn(params["cpu_ms"])
    await answer(scope, send, params, payload="x" * int(params["bytes"]))


async def fanout(scope: Scope, receive: Receive, send: Send) -> None:
    """All calls at once: each is a task that waits for its own answer."""
    params = parameters(scope)
    calls = await call_all(int(params["n"]), params["ms"])
    await answer(scope, send, params, calls=calls)


# --- streams ----------------------------------------------------------------------------------------


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    params = parameters(scope)
    await start(send, 200, {"Content-Type": "text/plain; charset=utf-8", "X-Accel-Buffering": workload.BUFFERING})
    await pace(scope, receive, send, range(1, int(params["chunks"]) + 1), params["ms"] / 1000, workload.padder(params))


async def sse(scope: Scope, receive: Receive, send: Send) -> None:
    """Server-sent events; a client that has seen them all gets 204, which ends its reconnecting."""
    params = parameters(scope)
    first = workload.first_event(header(scope, b"last-event-id"))
    if first > params["events"]:
        await start(send, 204, {})
        await send({"type": "http.response.body"})
        return
    unbuffered = {"Cache-Control": "no-store", "X-Accel-Buffering": workload.BUFFERING}
    await start(send, 200, {"Content-Type": "text/event-stream", **unbuffered})
    await pace(scope, receive, send, range(first, int(params["events"]) + 1), params["ms"] / 1000, workload.event)


async def pace(
    scope: Scope, receive: Receive, send: Send, numbers: range, seconds: float, made: Callable[[int, int], str]
) -> None:
    """What `made` makes of each number, so many seconds apart. HEAD has none, and must not wait for them."""
    # One task for all of them: gunicorn takes a `receive` that is cancelled for a client that has gone.
    gone = asyncio.create_task(wait_for_disconnect(receive))
    try:
        for number in numbers if scope["method"] == "GET" else ():
            if number > numbers.start and (await asyncio.wait({gone}, timeout=seconds))[0]:
                return  # a server only reports that the client has gone; stopping is the application's part
            body = made(number, numbers.stop - 1).encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body"})
    finally:
        gone.cancel()


async def wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


# --- uploads ----------------------------------------------------------------------------------------


async def upload(scope: Scope, receive: Receive, send: Send) -> None:
    """Takes the body as it comes: what is hashed is dropped."""
    digest, size, more = hashlib.sha256(), 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        chunk, more = message.get("body", b""), message.get("more_body", False)
        scope[CONTEXT].note_body_part()
        size += len(chunk)
        if size > workload.UPLOAD_LIMIT:
            raise workload.too_large()
        digest.update(chunk)
    await send_json(send, 200, {"bytes": size, "sha256": digest.hexdigest()})


# --- WebSocket --------------------------------------------------------------------------------------


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """A WebSocket is a second type of scope: the same signature, other messages."""
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            offered = scope.get("subprotocols") or ()
            await send({"type": "websocket.accept", "subprotocol": workload.subprotocol(offered)})
        elif message.get("text") is not None:
            await send({"type": "websocket.send", "text": message["text"]})
        else:
            await send({"type": "websocket.send", "bytes": message["bytes"]})


ROUTES: dict[str, App] = {
    "/db": db,
    "/mix": mix,
    "/fanout": fanout,
    "/stream": stream,
    "/sse": sse,
    "/upload": upload,
    "ws:/ws": echo,
}
