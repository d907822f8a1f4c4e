"""The user's application, untouched, and beside it what the lab requests from a contender.

Each response names its worker (`X-Served-By`, `Server-Timing`, `X-Request-Id`). The lab's own routes are at
/.well-known/serverlab/, and everything else is the application's. A request that came to the application's host name
has nginx's mark: the application then is at the root, and hears of no prefix.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from contender import asgi_contract, wsgi_contract
from contender.asgi import App, Receive, Scope, Send, identify, mount
from contender.catalogue import LAB_PREFIX
from contender.hosts import AT_ROOT

_MARK = AT_ROOT.lower().encode()
_MARKED = f"HTTP_{AT_ROOT.upper().replace('-', '_')}"  # as WSGI spells it
_WHOLE = ("RAW_URI", "REQUEST_URI")  # of gunicorn and granian, not of PEP 3333: the request's target as it came


def wrap_wsgi(app: WSGIApplication) -> WSGIApplication:
    identified = wsgi_contract.identify(app)

    @wsgi_contract.middleware
    def about(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return wsgi_contract.route(wsgi_contract.ROUTES, environ)(environ, start_response)

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.pop(_MARKED, None):
            _at_root_wsgi(environ)
        path = environ.get("PATH_INFO", "")
        if not path.startswith(f"{LAB_PREFIX}/"):
            return identified(environ, start_response)
        environ |= {
            "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + LAB_PREFIX,
            "PATH_INFO": path.removeprefix(LAB_PREFIX),
        }
        return about(environ, start_response)

    return wrapped


def wrap_asgi(app: App) -> App:
    identified = identify(app, asgi_contract.WORKER)

    @asgi_contract.middleware
    async def about(scope: Scope, receive: Receive, send: Send) -> None:
        await asgi_contract.route(asgi_contract.ROUTES, scope)(scope, receive, send)

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and any(name == _MARK for name, _ in scope["headers"]):
            scope = _at_root_asgi(scope)
        mounted = scope.get("root_path", "") + LAB_PREFIX
        if scope["type"] == "http" and str(scope["path"]).startswith(f"{mounted}/"):
            await about({**scope, "root_path": mounted}, receive, send)
        else:
            await identified(scope, receive, send)

    return mount(wrapped)


def _at_root_wsgi(environ: WSGIEnvironment) -> None:
    prefix, environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", ""), ""
    for name in _WHOLE:
        if name in environ:
            environ[name] = environ[name].removeprefix(prefix)


def _at_root_asgi(scope: Scope) -> Scope:
    prefix = scope.get("root_path", "")
    without = {
        "root_path": "",
        "path": str(scope["path"]).removeprefix(prefix),
        "headers": [pair for pair in scope["headers"] if pair[0] != _MARK],
    }
    if scope.get("raw_path") is not None:
        without["raw_path"] = scope["raw_path"].removeprefix(prefix.encode())
    return {**scope, **without}
