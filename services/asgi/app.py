"""An ASGI application without a framework: https://asgi.readthedocs.io/en/stable/specs/main.html.

Read it from the top: first the interface itself, then the workloads, then how a path finds its function.
Everything runs on one event loop in each process. `await` lets it serve others; a line that waits without
it (see `block`) holds up every request of the process.
"""

import asyncio
import hashlib
import json
import sys
import traceback
from collections.abc import AsyncIterator
from typing import Any

from contender import awaiting, problem, workload
from contender.asgi import VISIT, App, Receive, Scope, Send, header, identify
from contender.dump import dump
from contender.identity import Worker
from contender.problem import Problem
from contender.usage import usage

# --- the interface ------------------------------------------------------------------------------


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """All of ASGI: `scope` says what is asked, `receive` brings the body, `send` takes the answer."""
    await respond(send, 200, workload.HELLO, "text/plain")


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """The server's start and stop, once in each process: where a pool of connections would open and close."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def respond(send: Send, status: int, body: bytes, media_type: str, headers: dict[str, str] | None = None) -> None:
    own = {"Content-Type": media_type, "Content-Length": str(len(body)), **(headers or {})}
    await start(send, status, own)
    await send({"type": "http.response.body", "body": body})


async def start(send: Send, status: int, headers: dict[str, str]) -> None:
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


# --- workloads that answer with one JSON object ---------------------------------------------------


def answer(name: str) -> App:
    """Does the work with the parameters of the query string, then answers with the identity and what came of it."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        params = workload.parameters(name, query(scope))
        result = await awaiting.WORK[name](**params)
        await send_json(send, 200, WORKER.identity(scope[VISIT], name, params) | result)

    return answered


def query(scope: Scope) -> str:
    return str(scope["query_string"].decode("latin-1"))


async def send_json(
    send: Send,
    status: int,
    document: dict[str, Any],
    media_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> None:
    await respond(send, status, json.dumps(document).encode() + b"\n", media_type, headers)


# --- workloads that stream ------------------------------------------------------------------------


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    params = workload.parameters("stream", query(scope))
    await start(send, 200, {"Content-Type": "text/plain; charset=utf-8", "X-Accel-Buffering": "no"})
    await send_each(scope, send, awaiting.paced(params["chunks"], params["ms"], workload.line))


async def sse(scope: Scope, receive: Receive, send: Send) -> None:
    """Server-sent events; a client that has seen them all is told with 204 not to come back."""
    params = workload.parameters("sse", query(scope))
    first = workload.first_event(header(scope, b"last-event-id"))
    if first > params["events"]:
        await start(send, 204, {})
        await send({"type": "http.response.body"})
        return
    no_buffers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    await start(send, 200, {"Content-Type": "text/event-stream", **no_buffers})
    await send_each(scope, send, awaiting.paced(params["events"], params["ms"], workload.event, first))


async def send_each(scope: Scope, send: Send, chunks: AsyncIterator[str]) -> None:
    """Each chunk as it is made; HEAD has none, and must not wait for what is not sent."""
    if scope["method"] == "GET":
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk.encode(), "more_body": True})
    await send({"type": "http.response.body"})


# --- a client that goes away ------------------------------------------------------------------------


def until_disconnect(function: App) -> App:
    """Ends the work of a client that goes away: a server only says so, in `receive`; stopping is ours to do."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        work = asyncio.ensure_future(function(scope, receive, send))
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            abandoned = work.cancel()  # False where it is done already
        if not abandoned:
            work.result()  # raises what the work raised

    return watched


async def disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


# --- the rest of the contract -----------------------------------------------------------------------


async def healthz(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, 200, b"ok\n", "text/plain")


async def dumped(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, 200, dump(dict(scope)), "application/json")


async def used(scope: Scope, receive: Receive, send: Send) -> None:
    await send_json(send, 200, usage())


async def upload(scope: Scope, receive: Receive, send: Send) -> None:
    """Takes the body as it comes: what is hashed is forgotten."""
    digest, size, more = hashlib.sha256(), 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size > workload.UPLOAD_LIMIT:
            raise workload.too_large()
        digest.update(chunk)
    await send_json(send, 200, {"bytes": size, "sha256": digest.hexdigest()})


async def ws_without_upgrade(scope: Scope, receive: Receive, send: Send) -> None:
    raise problem.upgrade_required("This is a WebSocket; ask with 'Upgrade: websocket'.")


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """A WebSocket is a second type of scope: the same function signature, other messages."""
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif message.get("text") is not None:
            await send({"type": "websocket.send", "text": message["text"]})
        else:
            await send({"type": "websocket.send", "bytes": message["bytes"]})


async def deny_websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuses before the handshake: with a document where the server can, else with its own 403."""
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return

    async def deny(message: Any) -> None:
        await send({**message, "type": message["type"].replace("http.", "websocket.http.", 1)})

    await refuse(problem.not_found(scope["path"]), scope, deny)


# --- from a path to its function ----------------------------------------------------------------------

GET = "GET, HEAD"
ROUTES: dict[str, tuple[str, App]] = {
    "/": (GET, hello),
    "/hello": (GET, hello),
    "/healthz": (GET, healthz),
    "/dump": (GET, dumped),
    "/usage": (GET, used),
    **{f"/{name}": (GET, answer(name)) for name in awaiting.WORK},
    **{f"/{name}": (GET, until_disconnect(answer(name))) for name in ("io", "mix", "fanout")},
    "/stream": (GET, until_disconnect(stream)),
    "/sse": (GET, until_disconnect(sse)),
    "/upload": ("POST", upload),
    "/ws": (GET, ws_without_upgrade),
}


async def routed(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
    elif scope["type"] == "websocket":
        await (echo if local_path(scope) == "/ws" else deny_websocket)(scope, receive, send)
    else:
        await route_http(scope, receive, send)


async def route_http(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        path, method = local_path(scope), scope["method"]
        if path not in ROUTES:
            raise problem.not_found(scope["path"])
        allowed, function = ROUTES[path]
        if method not in allowed.split(", "):
            raise problem.not_allowed(method, allowed)
        await function(scope, receive, send)
    except Problem as refusal:
        await refuse(refusal, scope, send)
    except Exception:
        sys.stderr.write(traceback.format_exc())
        await refuse(Problem(500, "The application failed; its log has the reason."), scope, send)


def local_path(scope: Scope) -> str:
    """The path below the mount prefix: in ASGI `path` is the whole of it, `root_path` the part that is not ours."""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


async def refuse(refusal: Problem, scope: Scope, send: Send) -> None:
    document = refusal.document(scope["path"])
    await send_json(send, refusal.status.value, document, problem.MEDIA_TYPE, refusal.headers)


WORKER = Worker(carrier="task")
app = identify(routed, WORKER)
