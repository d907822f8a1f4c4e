"""Refusals and failures of a Starlette application as problem documents: for contenders and for the records."""

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket

from contender import problem
from contender.problem import Problem


class JSONLineResponse(JSONResponse):
    """JSON that ends its line, as a terminal expects and the other contenders do."""

    def render(self, content: Any) -> bytes:
        return super().render(content) + b"\n"


def respond(connection: HTTPConnection, refusal: Problem) -> Response:
    # The path of the scope: `connection.url` would fail where the query string is no UTF-8.
    document = refusal.document(connection.scope["path"])
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
        allowed = sorted(headers["Allow"].split(", "))  # Starlette joins a set, in any order
        return respond(request, problem.not_allowed(request.method, allowed))
    return respond(request, Problem(error.status_code, error.detail, headers))


async def on_failure(request: Request, error: Exception) -> Response:
    return respond(request, problem.failure())


async def deny_websocket(websocket: WebSocket) -> None:
    """An unknown path is 404 for a WebSocket too, where the server can say so; the router's own answer is 403."""
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(respond(websocket, problem.not_found(websocket.scope["path"])))
    else:
        await websocket.close()


handlers: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    Problem: on_problem,
    HTTPException: on_http_exception,
    Exception: on_failure,
}
