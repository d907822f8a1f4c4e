"""ASGI middleware that identifies every answer: it wraps `send`, and knows the end when the application returns."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from importlib.metadata import version
from typing import Any

from contender.identity import UNKNOWN, RequestContext, Server, Worker
from contender.lag import Heartbeat
from contender.observe import loop_listener
from contender.usage import mark_ready

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTEXT = "contender.context"
# By nginx's word, whose client came by TLS. What servers have for it (uvicorn's --proxy-headers, hypercorn's
# ProxyFixMiddleware, which copies each scope) trusts more than the scheme, and costs more.
_SECURE = {"http": "https", "ws": "wss"}
_BODY = frozenset({b"content-length", b"transfer-encoding"})
_BEGINNINGS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})


def identify(app: App, worker: Worker) -> App:
    async def identify_response(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            worker.server = worker.server or running_server()
            mark_ready()
            Heartbeat(listener=loop_listener())
            return await app(scope, receive, send)
        pairs = dict(scope["headers"])
        if pairs.get(b"x-forwarded-proto") == b"https":
            scope["scheme"] = _SECURE.get(scope["scheme"], scope["scheme"])
        request_id, request_start = pairs.get(b"x-request-id"), pairs.get(b"x-request-start")
        context = scope[CONTEXT] = worker.begin(
            request_id and request_id.decode("latin-1"), request_start and request_start.decode("latin-1")
        )
        context.has_body = not _BODY.isdisjoint(pairs)
        try:
            await app(scope, receive, _with_headers(send, context))
        finally:
            worker.end(context)

    return identify_response


def mount(app: App) -> App:
    """Of a slot on uvicorn, whose address is the same whatever its server: the request's path has the prefix already,
    which uvicorn's --root-path would add once more. To the application it is as if uvicorn had."""
    prefix = os.environ.get("MOUNT_PREFIX")
    if not prefix:
        return app

    async def with_prefix(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope.get("root_path"):
            scope["root_path"] = prefix
        await app(scope, receive, send)

    return with_prefix


def _with_headers(send: Send, context: RequestContext) -> Send:
    async def send_identified(message: Message) -> None:
        if message["type"] in _BEGINNINGS:
            context.response_started = True
            own = [(name.lower().encode(), value.encode()) for name, value in context.headers()]
            message = {**message, "headers": [*message.get("headers", []), *own]}
        await send(message)

    return send_identified


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that (lower-case) name."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def running_server() -> Server:
    """The server in this process, and as its worker the event loop that carries every request.

    gunicorn's is set by contender/gunicorn.conf.py, before.
    """
    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    name = next((name for name in ("uvicorn", "hypercorn", "granian") if name in sys.modules), None)
    return Server("asgi", name, version(name), loop) if name else UNKNOWN
