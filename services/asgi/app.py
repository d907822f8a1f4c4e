"""An ASGI application without a framework: https://asgi.readthedocs.io/en/stable/specs/main.html.

The server runs `app` as a coroutine per request, any number of them at once on the one event loop of a worker
process. `await` hands the loop to the others; a line that takes long without it makes all of them wait.
services/wsgi/app.py is the same application for one request at a time; what differs is the model.
"""

import asyncio
import signal
import time

from asgi import workloads
from contender import asgi_contract as contract
from contender.asgi import App, Receive, Scope, Send
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
    sleep = workloads.record_start(scope, time.sleep)
    await asyncio.get_running_loop().run_in_executor(None, sleep, params["ms"] / 1000)
    await answer(scope, send, params)


ROUTES: dict[str, App] = {
    "/": hello,
    "/hello": hello,
    "/io": io,
    "/cpu": cpu,
    "/block": block,
    "/pool": pool,
    **workloads.ROUTES,  # /db /mix /fanout /stream /sse /upload
    **contract.ROUTES,  # /healthz /whoami /dump /usage /ws /hints /internal/...
}


@contract.middleware  # request ids, timing, start and stop, and refusals as problem documents
async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await contract.route(ROUTES, scope)(scope, receive, send)
