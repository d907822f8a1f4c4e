"""A Starlette application: https://starlette.dev.

uvicorn runs it as it runs services/asgi/app.py, and the same rules hold: `await` hands the event loop to other
requests. What Starlette adds is a request to read from, a response to return, routes, and exception handlers.
"""

import asyncio
import signal
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contender import database, workload
from contender.asgi import CONTEXT
from contender.starlette import handlers
from frameworks import contract, workloads
from frameworks.contract import answer, parameters


async def hello(request: Request) -> Response:
    # The media type as a header: Starlette would add a charset, and the five hellos are the same to the byte.
    return Response(b"Hello, World!\n", headers={"Content-Type": "text/plain"})


async def io(request: Request) -> Response:
    """Waits without blocking: meanwhile the event loop serves other requests."""
    params = parameters(request)
    await asyncio.sleep(params["ms"] / 1000)
    return answer(request, params)


async def cpu(request: Request) -> Response:
    """Computes. No event loop shares a computation: other requests need another process."""
    params = parameters(request)
    end = time.thread_time() + params["ms"] / 1000
    while time.thread_time() < end:
        sum(range(500))
    return answer(request, params)


async def block(request: Request) -> Response:
    """Waits in C, as a driver or a DNS lookup may. Nothing is awaited: every request of the process waits."""
    params = parameters(request)
    signal.sigtimedwait([], params["ms"] / 1000)
    return answer(request, params)


def pool(request: Request) -> Response:
    """A call that blocks: Starlette hands a `def` to a thread of AnyIO's pool, which has 40."""
    params = parameters(request)
    request.scope[CONTEXT].handed_off()
    time.sleep(params["ms"] / 1000)
    return answer(request, params)


async def db(request: Request) -> Response:
    """Queries a database by a driver that is awaited. One that is not (`driver=blocking`) stops the whole process."""
    params = parameters(request)
    async with database.connection_async() as (connection, query):
        for _ in range(params["queries"]):
            if params.get("driver") == "blocking":
                database.execute_blocking(connection, params["ms"])
            else:
                await connection.execute("SELECT pg_sleep(%s)", [params["ms"] / 1000])
    workload.burn(params.get("cpu_ms", 0))
    return answer(request, params, **query.times())


application = Starlette(
    routes=[
        Route("/", hello),
        Route("/hello", hello),
        Route("/io", io),
        Route("/cpu", cpu),
        Route("/block", block),
        Route("/pool", pool),
        Route("/db", db),
        Route("/mix", workloads.mix),
        Route("/fanout", workloads.fanout),
        *workloads.routes,  # /stream /sse /upload, and /ws for a WebSocket
        *contract.routes,  # /healthz /whoami /dump /usage /ws /hints /internal/...
    ],
    exception_handlers=handlers,  # refusals as problem documents
)
application.router.redirect_slashes = False  # an unknown path is 404 under every contender, not a guess
app = contract.middleware(application)  # request ids and timing
