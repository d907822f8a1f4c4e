"""A path with its methods, of which HEAD and OPTIONS come by themselves; and what an endpoint finds in its request."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rest.store import Store

Endpoint = Callable[[Request], Awaitable[Response]]


def resource(path: str, name: str, **methods: Endpoint) -> Route:
    """One route for all methods of a path (get=..., post=...): separate ones would each allow only their own."""
    by_method = {method.upper(): endpoint for method, endpoint in methods.items()}
    if "GET" in by_method:
        by_method["HEAD"] = by_method["GET"]
    allowed = sorted([*by_method, "OPTIONS"])

    async def dispatch(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(allowed)})
        return await by_method[request.method](request)

    return Route(path, dispatch, methods=allowed, name=name)


def store(request: Request) -> Store:
    opened: Store = request.state.store
    return opened


def run_id(request: Request) -> UUID:
    identifier: UUID = request.path_params["id"]
    return identifier
