"""A FastAPI application: https://fastapi.tiangolo.com.

FastAPI is Starlette with path operations: functions whose parameters it finds in the request, by dependencies, and
whose results it serializes by their types. services/frameworks/starlette.py is the same application without that layer.
"""

import asyncio
import signal
import time
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response

from contender import database, workload
from contender.asgi import CONTEXT
from contender.backend import call_all
from contender.starlette import handlers
from frameworks import contract, workloads


async def parameters(request: Request) -> dict[str, Any]:
    """A dependency: the ranges are the same for all contenders. As a `def`, it would take a thread of the pool."""
    return contract.parameters(request)


Params = Annotated[dict[str, Any], Depends(parameters)]
Identity = dict[str, Any]  # what pydantic serializes

application = FastAPI(
    routes=[
        *workloads.routes,  # /stream /sse /upload, and /ws for a WebSocket: FastAPI has nothing to add there
        *contract.routes,  # /healthz /whoami /dump /usage /ws /hints /internal/...
    ],
    exception_handlers=handlers,  # refusals as problem documents
    openapi_url=None,  # its documentation pages are loaded from another site
)
METHODS = ["GET", "HEAD"]  # which Starlette adds by itself


@application.api_route("/", methods=METHODS)
@application.api_route("/hello", methods=METHODS)
async def hello() -> Response:
    return Response(b"Hello, World!\n", headers={"Content-Type": "text/plain"})


@application.api_route("/io", methods=METHODS)
async def io(request: Request, params: Params) -> Identity:
    """Waits without blocking: meanwhile the event loop serves other requests."""
    await asyncio.sleep(params["ms"] / 1000)
    return contract.identity(request, params)


@application.api_route("/cpu", methods=METHODS)
async def cpu(request: Request, params: Params) -> Identity:
    """Computes. No event loop shares a computation: other requests need another process."""
    end = time.thread_time() + params["ms"] / 1000
    while time.thread_time() < end:
        sum(range(500))
    return contract.identity(request, params)


@application.api_route("/block", methods=METHODS)
async def block(request: Request, params: Params) -> Identity:
    """Waits in C, as a driver or a DNS lookup may. Nothing is awaited: every request of the process waits."""
    signal.sigtimedwait([], params["ms"] / 1000)
    return contract.identity(request, params)


@application.api_route("/pool", methods=METHODS)
def pool(request: Request, params: Params) -> Identity:
    """A call that blocks: FastAPI hands a `def` to a thread of AnyIO's pool, as Starlette does."""
    request.scope[CONTEXT].handed_off()
    time.sleep(params["ms"] / 1000)
    return contract.identity(request, params)


@application.api_route("/db", methods=METHODS)
async def db(request: Request, params: Params) -> Identity:
    """Queries a database by a driver that is awaited. One that is not (`driver=blocking`) stops the whole process."""
    async with database.connection_async() as (connection, query):
        for _ in range(params["queries"]):
            if params.get("driver") == "blocking":
                database.execute_blocking(connection, params["ms"])
            else:
                await connection.execute("SELECT pg_sleep(%s)", [params["ms"] / 1000])
    workload.burn(params.get("cpu_ms", 0))
    return contract.identity(request, params) | query.times()


@application.api_route("/mix", methods=METHODS)
async def mix(request: Request, params: Params) -> Identity:
    await asyncio.sleep(params["io_ms"] / 1000)
    workload.block(params.get("block_ms", 0))
    workload.burn(params["cpu_ms"])
    return contract.identity(request, params) | {"payload": "x" * int(params["bytes"])}


@application.api_route("/fanout", methods=METHODS)
async def fanout(request: Request, params: Params) -> Identity:
    """All calls at once: each is a task that waits for its own answer."""
    calls = await call_all(int(params["n"]), params["ms"])
    return contract.identity(request, params) | {"calls": calls}


application.router.redirect_slashes = False  # an unknown path is 404 under every contender, not a guess
app = contract.middleware(application)  # request ids and timing
