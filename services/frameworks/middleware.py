"""The Starlette application behind a middleware that adds one header, written in both ways.

scripts/ab --preset middleware compares them. BaseHTTPMiddleware hands a Request in and has a Response back, and so runs
the application in a task of its own, whose messages it passes on through a memory stream. A pure ASGI middleware wraps
`send`: https://starlette.dev/middleware/#pure-asgi-middleware
"""

import time

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contender.asgi import App
from contender.starlette import handlers
from frameworks import contract
from frameworks.starlette import application

HEADER = "X-Process-Time"  # seconds


class PureTime:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()

        async def send_with_time(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = f"{time.perf_counter() - began:.6f}"
            await send(message)

        await self.app(scope, receive, send_with_time)


class BaseTime(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        began = time.perf_counter()
        response = await call_next(request)
        response.headers[HEADER] = f"{time.perf_counter() - began:.6f}"
        return response


def behind(middleware: type[PureTime] | type[BaseTime]) -> App:
    whole = Starlette(routes=application.routes, middleware=[Middleware(middleware)], exception_handlers=handlers)
    whole.router.redirect_slashes = False
    return contract.middleware(whole)


pure = behind(PureTime)
base = behind(BaseTime)
