"""An ASGI application without a framework: https://asgi.readthedocs.io/en/stable/specs/main.html.

uvicorn runs `app` as a coroutine for each request, any number of them at once on the one event loop of a worker
process. `await` hands the loop to the others; a line that takes long without it makes all of them wait.
services/wsgi/app.py is the same application for one request at a time; what differs is the model.
"""

import asyncio
import signal
import time

from asgi import workloads
from contender import asgi_contract as contract
from contender import database, workload
from contender.asgi import VISIT, App, Receive, Scope, Send
from contender.asgi_contract import answer, parameters


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """All of ASGI: `scope` describes the request, `receive` brings its body, `send` takes the response in messages."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"14")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"Hello, World!\n"})


async def io(scope: Scope, receive: Receive, send: Send) -> None:
    """Waits without blocking: meanwhile the event loop serves other requests."""
    params = parameters(scope)
    await asyncio.sleep(params["ms"] / 1000)
    await answer(scope, send, params)


async def cpu(scope: Scope, receive: Receive, send: Send) -> None:
    """Computes. No event loop shares a computation: other requests need another process."""
    params = parameters(scope)
    end = time.thread_time() + params["ms"] / 1000
    while time.thread_time() < end:
        sum(range(500))
    await answer(scope, send, params)


async def block(scope: Scope, receive: Receive, send: Send) -> None:
    """Waits in C, as a driver or a DNS lookup may. Nothing is awaited: every request of the process waits."""
    params = parameters(scope)
    signal.sigtimedwait([], params["ms"] / 1000)
    await answer(scope, send, params)


async def pool(scope: Scope, receive: Receive, send: Send) -> None:
    """A call that blocks, handed to a thread of the loop's executor: CPUs + 4 of them by default, 32 at most."""
    params = parameters(scope)

    def call() -> None:
        scope[VISIT].handed_off()
        time.sleep(params["ms"] / 1000)

    await asyncio.get_running_loop().run_in_executor(None, call)
    await answer(scope, send, params)


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


ROUTES: dict[str, App] = {
    "/": hello,
    "/hello": hello,
    "/io": io,
    "/cpu": cpu,
    "/block": block,
    "/pool": pool,
    "/db": db,
    **workloads.ROUTES,  # /mix /fanout /stream /sse /upload
    **contract.ROUTES,  # /healthz /whoami /dump /usage /ws /hints /internal/...
}


@contract.middleware  # request ids, timing, and refusals as problem documents; HEAD is the server's part in ASGI
async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":  # the server's start and stop, once in each process
        await contract.lifespan(scope, receive, send)
    else:
        function = contract.route(ROUTES if scope["type"] == "http" else workloads.WEBSOCKETS, scope)
        await function(scope, receive, send)
