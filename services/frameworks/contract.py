"""What every contender answers beside its workloads, in Starlette: identity, and the routes about itself."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from contender import control, problem, workload
from contender.asgi import CONTEXT, App, identify, mount
from contender.catalogue import LAB_PREFIX
from contender.dump import dump
from contender.identity import Worker
from contender.observe import observe_asgi
from contender.starlette import JSONLineResponse, deny_websocket
from contender.usage import usage

WORKER = Worker(carrier="task")


def middleware(app: App) -> App:
    """Identifies each response."""
    return mount(observe_asgi(identify(app, WORKER)))


def parameters(request: Request) -> dict[str, Any]:
    """The parameters of the workload that the path names. Raises Problem 422.

    The query string as it was sent; `request.url` would fail where it is no UTF-8.
    """
    return workload.parameters(name(request), request.scope["query_string"].decode("latin-1"))


def answer(request: Request, params: dict[str, Any], **result: object) -> Response:
    """One JSON object: who served the request, when, with which parameters, and the workload's result."""
    return JSONLineResponse(identity(request, params) | result)


def identity(request: Request, params: dict[str, Any]) -> dict[str, Any]:
    return WORKER.identity(request.scope[CONTEXT], name(request), params)


def name(request: Request) -> str:
    """Of the workload: the path below the mount prefix."""
    return str(request.scope["path"]).removeprefix(request.scope.get("root_path", ""))[1:]


async def healthz(request: Request) -> Response:
    return Response(b"ok\n", headers={"Content-Type": "text/plain"})


async def whoami(request: Request) -> Response:
    return answer(request, {}, http_version=request.scope["http_version"])


async def dump_request(request: Request) -> Response:
    return Response(dump(dict(request.scope)), media_type="application/json")


async def report_usage(request: Request) -> Response:
    return JSONLineResponse(usage())


async def ws_without_upgrade(request: Request) -> Response:
    raise problem.upgrade_required("This is a WebSocket; send 'Upgrade: websocket'.")


async def hints(request: Request) -> Response:
    """103 before 200, where the server can send it."""
    await request.send_early_hints(workload.HINT)
    return await healthz(request)


async def stop(request: Request) -> Response:
    return JSONLineResponse(control.stop(), 202)


async def reload(request: Request) -> Response:
    return JSONLineResponse(control.reload("uvicorn"), 202)


async def workers(request: Request) -> Response:
    """PUT changes the number of worker processes, DELETE takes that back."""
    count = control.parse_worker_count(request.method, await request.body())
    for _ in control.resize("uvicorn", count):
        await asyncio.sleep(control.POLL)
    return JSONLineResponse(control.resize_result(count))


_routes: list[BaseRoute] = [
    Route("/healthz", healthz),
    Route("/whoami", whoami),
    Route("/dump", dump_request),
    Route("/usage", report_usage),
    Route("/ws", ws_without_upgrade),
    Route("/hints", hints),
    Route("/internal/stop", stop, methods=["POST"]),
    Route("/internal/reload", reload, methods=["POST"]),
    Route("/internal/workers", workers, methods=["PUT", "DELETE"]),
]
routes: list[BaseRoute] = [
    *_routes,
    Mount(LAB_PREFIX, routes=_routes),
    WebSocketRoute("/{path:path}", deny_websocket),
]
