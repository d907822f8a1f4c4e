"""The user's application, untouched, and beside it what the lab asks a contender.

Each answer says who gave it (`X-Served-By`, `Server-Timing`, `X-Request-Id`). The lab's own questions are at
/.well-known/serverlab/, and everything else is the application's.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from contender import asgi_contract, wsgi_contract
from contender.asgi import App, Receive, Scope, Send, identify
from contender.catalogue import ABOUT


def wrapped_wsgi(app: WSGIApplication) -> WSGIApplication:
    identified = wsgi_contract.identify(app)

    @wsgi_contract.middleware
    def about(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return wsgi_contract.route(wsgi_contract.ROUTES, environ)(environ, start_response)

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(f"{ABOUT}/"):
            return identified(environ, start_response)
        environ |= {"SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + ABOUT, "PATH_INFO": path.removeprefix(ABOUT)}
        return about(environ, start_response)

    return wrapped


def wrapped_asgi(app: App) -> App:
    identified = identify(app, asgi_contract.WORKER)

    @asgi_contract.middleware
    async def about(scope: Scope, receive: Receive, send: Send) -> None:
        await asgi_contract.route(asgi_contract.ROUTES, scope)(scope, receive, send)

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        mounted = scope.get("root_path", "") + ABOUT
        if scope["type"] == "http" and str(scope["path"]).startswith(f"{mounted}/"):
            await about({**scope, "root_path": mounted}, receive, send)
        else:
            await identified(scope, receive, send)

    return wrapped
