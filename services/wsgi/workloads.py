"""The workloads of more than a line, as blocking code writes them: a database, a mix, a fan-out, streams, uploads."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from contender import database, workload
from contender.backend import call
from contender.problem import Problem
from contender.workload import Number
from contender.wsgi_contract import CARRIER, CONTEXT, answer, parameters, send_json


def db(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Queries a database. psycopg waits in Python where it finds gevent, so that other greenlets run.

    A driver that waits in C (`driver=blocking`) is as good under threads, and stops every greenlet of the process.
    """
    params = parameters(environ)
    with database.connection() as (connection, query):
        for _ in range(params["queries"]):
            if params.get("driver") == "blocking":
                database.execute_blocking(connection, params["ms"])
            else:
                connection.execute("SELECT pg_sleep(%s)", [params["ms"] / 1000])
    workload.burn(params.get("cpu_ms", 0))
    return answer(environ, start_response, params, **query.times())


def mix(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    params = parameters(environ)
    time.sleep(params["io_ms"] / 1000)
    workload.block(params.get("block_ms", 0))
    workload.burn(params["cpu_ms"])
    return answer(environ, start_response, params, payload="x" * int(params["bytes"]))


# --- calls to another service -----------------------------------------------------------------------


def fanout(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Concurrent calls where a thread is a greenlet and costs nothing; one after another where it is not."""
    params = parameters(environ)
    n, ms = int(params["n"]), params["ms"]
    calls = call_at_once(n, ms) if CARRIER == "greenlet" else [call(ms) for _ in range(n)]
    return answer(environ, start_response, params, calls=calls)


def call_at_once(n: int, ms: Number) -> list[dict[str, Any]]:
    outcomes: list[dict[str, Any] | Problem] = []
    # A thread begins with a context of its own, in which the request's trace is not.
    threads = [threading.Thread(target=copy_context().run, args=(_call_into, outcomes, ms)) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for refusal in (each for each in outcomes if isinstance(each, Problem)):
        raise refusal
    return [each for each in outcomes if not isinstance(each, Problem)]


def _call_into(outcomes: list[dict[str, Any] | Problem], ms: Number) -> None:
    try:
        outcomes.append(call(ms))
    except Problem as unreachable:  # raised in the calling thread, not in this one
        outcomes.append(unreachable)


# --- streams ----------------------------------------------------------------------------------------


def stream(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The iterable may be a generator: each chunk is sent when it is yielded."""
    params = parameters(environ)
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("X-Accel-Buffering", workload.BUFFERING)])
    return pace(1, int(params["chunks"]), params["ms"], workload.padder(params))


def sse(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Server-sent events; a client that has seen them all gets 204, which ends its reconnecting."""
    params = parameters(environ)
    first = workload.first_event(environ.get("HTTP_LAST_EVENT_ID"))
    if first > params["events"]:
        start_response("204 No Content", [])
        return []
    no_buffers = [("Cache-Control", "no-store"), ("X-Accel-Buffering", workload.BUFFERING)]
    start_response("200 OK", [("Content-Type", "text/event-stream"), *no_buffers])
    return pace(first, int(params["events"]), params["ms"], workload.event)


def pace(first: int, last: int, ms: Number, made: Callable[[int, int], str]) -> Iterator[bytes]:
    """What `made` makes of each number from `first` to `last`, `ms` milliseconds apart."""
    for number in range(first, last + 1):
        if number > first:
            time.sleep(ms / 1000)
        yield made(number, last).encode()


# --- uploads ----------------------------------------------------------------------------------------


def upload(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Reads the body chunk by chunk: what is hashed is dropped."""
    digest, size = hashlib.sha256(), 0
    for chunk in _body(environ):
        environ[CONTEXT].note_body_part()
        size += len(chunk)
        if size > workload.UPLOAD_LIMIT:
            raise workload.too_large()
        digest.update(chunk)
    if environ.get("CONTENT_LENGTH") and size != int(environ["CONTENT_LENGTH"]):
        raise Problem(400, f"The body ended after {size} of {environ['CONTENT_LENGTH']} bytes.")
    return send_json(start_response, "200 OK", {"bytes": size, "sha256": digest.hexdigest()})


def _body(environ: WSGIEnvironment) -> Iterator[bytes]:
    """PEP 3333 lets a server leave the input open after Content-Length bytes: never read past them."""
    source, left = environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0)
    if environ.get("wsgi.input_terminated"):
        yield from iter(lambda: source.read(workload.UPLOAD_CHUNK), b"")
        return
    while left and (chunk := source.read(min(left, workload.UPLOAD_CHUNK))):
        left -= len(chunk)
        yield chunk


ROUTES: dict[str, WSGIApplication] = {
    "/db": db,
    "/mix": mix,
    "/fanout": fanout,
    "/stream": stream,
    "/sse": sse,
    "/upload": upload,
}
