"""A run's events as they happen, from any writer: server-sent events that a client can resume."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

from anyio import Event
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from contender.problem import Problem
from rest.content import negotiate
from rest.resource import run_id, store
from rest.store import Store
from rest.store.errors import StoreError
from rest.store.events import Tail

EVENT_STREAM = "text/event-stream"

POLL = 0.2  # seconds; one row read by its key, and half of what a person notices
PING = 15  # seconds without an event; nginx gives up after 60
GRACE = 2  # seconds for a stream to end by itself when the server stops, which takes it a turn of POLL and a query


async def events(request: Request) -> Response:
    """Ends with the run. A client that has received all of an ended run gets 204, and does not reconnect."""
    negotiate(request, EVENT_STREAM)
    run, seen = run_id(request), last_event_id(request)
    tail = await store(request).events.after(run, seen)
    if seen and tail.ended and not tail.events:
        return Response(status_code=204)
    stopping = Event()
    happening = stream(store(request), run, tail, seen, stopping)
    return EventSourceResponse(happening, ping=PING, shutdown_event=stopping, shutdown_grace_period=GRACE)


def last_event_id(request: Request) -> int:
    header = request.headers.get("Last-Event-ID")
    if not header:
        return 0
    if not (header.isascii() and header.isdecimal() and len(header) < 10):
        raise Problem(400, f"Last-Event-ID: {header[:40]!r} is not an event id; send a whole number.")
    return int(header)


async def stream(opened: Store, run: UUID, tail: Tail, seen: int, stopping: Event) -> AsyncIterator[ServerSentEvent]:
    """To the end of the run, or until the server stops: a client goes on at the next one, behind what it has seen."""
    while not stopping.is_set():
        for event in tail.events:
            yield ServerSentEvent(json.dumps(event.data), event=event.type, id=str(event.id), sep="\n")
            seen = event.id
        if tail.ended:
            return
        if not tail.events:
            await asyncio.sleep(POLL)
        try:
            tail = await opened.events.after(run, seen)
        except StoreError:
            return  # deleted, or the database is away: the response to the next request shows which
