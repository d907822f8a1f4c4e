"""Every refusal and failure of the service as a problem document, whoever raised it."""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ExceptionHandler
from starlette.websockets import WebSocket

from contender import problem
from contender.problem import Problem
from rest.content import JSONLineResponse
from rest.store import errors

log = logging.getLogger(__name__)


# Where the status alone does not tell a client what to do: a runner gives its run up, and for no other 409.
_TYPES: dict[type, dict[str, str]] = {
    errors.LeaseLost: {"type": "/problems/lease-lost", "title": "Lease lost"},
}


def respond(connection: HTTPConnection, refusal: Problem, error: Exception | None = None) -> Response:
    # The path of the scope: `connection.url` would fail where the query string is no UTF-8.
    document = refusal.document(connection.scope["path"]) | _TYPES.get(type(error), {})
    return JSONLineResponse(document, refusal.status.value, headers=refusal.headers, media_type=problem.MEDIA_TYPE)


async def on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return respond(request, error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own: 404 from the router, 405 from a route."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return respond(request, problem.not_found(request.scope["path"]))
    if error.status_code == 405:
        allowed = ", ".join(sorted(headers["Allow"].split(", ")))  # Starlette joins a set, in any order
        return respond(request, problem.not_allowed(request.method, allowed))
    return respond(request, Problem(error.status_code, error.detail, headers))


async def on_store_error(request: Request, error: Exception) -> Response:
    """What the store refuses, or cannot do, in HTTP's words."""
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
    if status == 500:
        log.error("%s %s: a defect", request.method, request.scope["path"], exc_info=error)
    elif status > 500:
        log.warning("%s %s: %s %s", request.method, request.scope["path"], error, error.__cause__)
    # A lock lasts milliseconds and a restart seconds: a second is soon enough for both.
    headers = {"Retry-After": "1"} if status == 503 else {}
    return respond(request, Problem(status, str(error), headers), error)


_STATUS: dict[type[errors.StoreError], int] = {
    errors.NotFound: 404,
    errors.Stale: 412,
    errors.Conflict: 409,
    errors.LeaseLost: 409,
    errors.KeyReused: 422,
    errors.BadCursor: 422,
    errors.Unavailable: 503,
    errors.StorageFull: 507,
}


async def on_failure(request: Request, error: Exception) -> Response:
    return respond(request, Problem(500, "The application failed; its log has the reason."))


async def deny_websocket(websocket: WebSocket) -> None:
    """An unknown path is 404 for a WebSocket too, where the server can say so; the router's own answer is 403."""
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(respond(websocket, problem.not_found(websocket.scope["path"])))
    else:
        await websocket.close()


handlers: dict[type[Exception] | int, ExceptionHandler] = {
    Problem: on_problem,
    HTTPException: on_http_exception,
    errors.StoreError: on_store_error,
    Exception: on_failure,
}
