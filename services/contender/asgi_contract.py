"""What every contender answers beside its workloads, in ASGI: identity, refusals, and the routes about itself."""

import asyncio
import json
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from contender import control, problem, workload
from contender.asgi import CONTEXT, App, Message, Receive, Scope, Send, identify, mount
from contender.catalogue import LAB_PREFIX
from contender.dump import dump
from contender.identity import Worker
from contender.observe import observe_asgi
from contender.problem import Problem
from contender.usage import usage
from contender.workload import DRAIN_BYTES, DRAIN_SECONDS

WORKER = Worker(carrier="task")


# --- what a workload calls ------------------------------------------------------------------------


def parameters(scope: Scope) -> dict[str, Any]:
    """The parameters of the workload that the path names. Raises Problem 422."""
    return workload.parameters(local_path(scope)[1:], scope["query_string"].decode("latin-1"))


async def answer(scope: Scope, send: Send, params: dict[str, Any], **result: object) -> None:
    """One JSON object: who served the request, when, with which parameters, and the workload's result."""
    identity = WORKER.identity(scope[CONTEXT], local_path(scope)[1:], params)
    await send_json(send, 200, identity | result)


async def send_json(
    send: Send,
    status: int,
    document: object,
    media_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> None:
    await respond(send, status, json.dumps(document).encode() + b"\n", {"Content-Type": media_type, **(headers or {})})


async def respond(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    await start(send, status, {**headers, "Content-Length": str(len(body))})
    await send({"type": "http.response.body", "body": body})


async def start(send: Send, status: int, headers: dict[str, str]) -> None:
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


def route(routes: Mapping[str, App], scope: Scope) -> App:
    """The function of this path, "ws:" before that of a WebSocket. Raises Problem 404 or 405."""
    if scope["type"] == "lifespan":
        return lifespan
    path, method = local_path(scope), scope.get("method", "GET")  # a WebSocket has no method
    key = path if scope["type"] == "http" else f"ws:{path}"
    if key not in routes:
        if not path.startswith(f"{LAB_PREFIX}/"):
            raise problem.not_found(scope["path"])
        scope["root_path"] = scope.get("root_path", "") + LAB_PREFIX
        return route(ROUTES, scope)
    if method not in (allowed := problem.allowed(path)):
        raise problem.not_allowed(method, allowed)
    return routes[key]


def local_path(scope: Scope) -> str:
    """The path below the mount prefix: in ASGI `path` is the whole of it, `root_path` the part that is not ours."""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


# --- around every request -------------------------------------------------------------------------


def middleware(app: App) -> App:
    """Identifies each response, and turns exceptions into problem documents."""

    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope[CONTEXT].has_body:
            receive, send = draining(receive, send)
        try:
            await app(scope, receive, send)
        except Exception as error:
            if scope["type"] == "lifespan" or scope[CONTEXT].response_started:
                raise  # a response starts once: the server logs this, and closes the connection
            if not isinstance(error, Problem):
                sys.stderr.write(traceback.format_exc())
            await refuse(error if isinstance(error, Problem) else problem.failure(), scope, receive, send)

    return mount(observe_asgi(identify(refusing, WORKER)))


def draining(receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Reads the rest of a body before its response starts, within DRAIN_BYTES and DRAIN_SECONDS.

    gunicorn, hypercorn and granian close a connection with unread bytes behind the response. The kernel resets it, and
    a reset overtakes the response: nginx answered 502 to half of such requests. uvicorn reads on by itself.
    """
    complete = False

    async def receive_noted() -> Message:
        nonlocal complete
        message = await receive()
        complete = not message.get("more_body", False)  # a disconnect has none either
        return message

    async def send_drained(message: Message) -> None:
        left = DRAIN_BYTES if message["type"] == "http.response.start" else 0
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not complete and left > 0:
                    left -= len((await receive_noted()).get("body", b"")) or 1
        await send(message)

    return receive_noted, send_drained


async def refuse(refusal: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    document = refusal.document(scope["path"])
    if scope["type"] == "http":
        await send_json(send, refusal.status.value, document, problem.MEDIA_TYPE, refusal.headers)
        return
    await receive()  # a WebSocket is refused before its handshake, with a document where the server can
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return

    async def deny(message: Message) -> None:
        await send({**message, "type": message["type"].replace("http.", "websocket.http.", 1)})

    await send_json(deny, refusal.status.value, document, problem.MEDIA_TYPE, refusal.headers)


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """The server's start and stop, once a process: where a pool of connections would be opened and closed."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


# --- routes about the contender itself ------------------------------------------------------------


async def healthz(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, 200, b"ok\n", {"Content-Type": "text/plain"})


async def whoami(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(scope, send, {}, http_version=scope["http_version"])


async def dump_request(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, 200, dump(dict(scope)), {"Content-Type": "application/json"})


async def report_usage(scope: Scope, receive: Receive, send: Send) -> None:
    await send_json(send, 200, usage())


async def ws_without_upgrade(scope: Scope, receive: Receive, send: Send) -> None:
    raise problem.upgrade_required("This is a WebSocket; send 'Upgrade: websocket'.")


async def hints(scope: Scope, receive: Receive, send: Send) -> None:
    """103 before 200, where the server can: by ASGI's extension, or gunicorn's own message, which has none."""
    if "http.response.early_hint" in (scope.get("extensions") or {}):
        await send({"type": "http.response.early_hint", "links": [workload.HINT.encode()]})
    elif WORKER.server and WORKER.server.server == "gunicorn":
        headers = [(b"link", workload.HINT.encode())]
        await send({"type": "http.response.informational", "status": 103, "headers": headers})
    await healthz(scope, receive, send)


async def stop(scope: Scope, receive: Receive, send: Send) -> None:
    await send_json(send, 202, control.stop())


async def reload(scope: Scope, receive: Receive, send: Send) -> None:
    await send_json(send, 202, control.reload(WORKER.server.server if WORKER.server else "unknown"))


async def workers(scope: Scope, receive: Receive, send: Send) -> None:
    """PUT changes the number of worker processes, DELETE takes that back."""
    count = control.parse_worker_count(scope["method"], (await receive()).get("body", b""))
    for _ in control.resize(WORKER.server.server if WORKER.server else "unknown", count):
        await asyncio.sleep(control.POLL)
    await send_json(send, 200, control.resize_result(count))


ROUTES: dict[str, App] = {
    "/healthz": healthz,
    "/whoami": whoami,
    "/dump": dump_request,
    "/usage": report_usage,
    "/ws": ws_without_upgrade,
    "/hints": hints,
    "/internal/stop": stop,
    "/internal/reload": reload,
    "/internal/workers": workers,
}
