"""The records, put together: routes, refusals, the store for as long as the service runs, and request ids."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypedDict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from contender.asgi import identify
from contender.identity import Worker
from contender.starlette import deny_websocket
from rest import docs, entry, internal, openapi, problems, runs
from rest.migrate import migrate
from rest.settings import Settings
from rest.store import Store
from rest.store.errors import StoreError

HELD_UP = 1.0  # seconds late: above a busy machine's pauses, below what runners need for a heartbeat


class State(TypedDict):
    """What every request finds in `request.state`."""

    store: Store


@asynccontextmanager
async def lifespan(_service: Starlette) -> AsyncIterator[State]:
    settings = Settings.read()
    await asyncio.to_thread(migrate, settings)
    store = Store.open(settings)
    stopping = asyncio.Event()
    reaper = asyncio.create_task(reap_expired_leases(store, settings.lease.total_seconds(), stopping))
    try:
        yield {"store": store}
    finally:
        stopping.set()  # and not cancelled: half a query would be the driver's to clean up
        await reaper
        await store.close()


async def reap_expired_leases(store: Store, lease: float, stopping: asyncio.Event) -> None:
    """claim() requeues the runs of dead runners; this does while no runner claims.

    A late round reaps nothing: the whole process was stalled, so heartbeats may have been missed.
    """
    clock = asyncio.get_running_loop().time
    while not stopping.is_set():
        began = clock()
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), lease)
        if stopping.is_set() or clock() - began > lease + HELD_UP:
            continue
        with suppress(StoreError):  # the database is away: requests get a 503, and the next round is soon
            await store.leases.expire()


async def healthz(request: Request) -> Response:
    """For the container's own health check: nginx routes /starlette/healthz to the contender."""
    return Response(b"ok\n", headers={"Content-Type": "text/plain"})


service = Starlette(
    routes=[
        *entry.routes,
        *runs.routes,
        *openapi.routes,
        *internal.routes,
        *docs.routes,
        Route("/healthz", healthz),
        WebSocketRoute("/{path:path}", deny_websocket),
    ],
    exception_handlers=problems.handlers,
    lifespan=lifespan,
)
service.router.redirect_slashes = False  # an unknown path is 404 under every contender, not a guess

app = identify(service, Worker(carrier="task"))
