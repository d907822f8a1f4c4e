"""Frameworks, by the class or function that makes an application: its interface, and how the callable is had of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Framework:
    title: str
    interface: str  # wsgi, asgi, or empty for one that is neither
    suffix: str = ""  # of the object, where that is not the callable itself


# Keys are where a project imports it from; those of a package are also found below it (litestar.app.Litestar).
FRAMEWORKS = {
    "flask.Flask": Framework("Flask", "wsgi"),
    "apiflask.APIFlask": Framework("APIFlask", "wsgi"),
    "dash.Dash": Framework("Dash", "wsgi", ".server"),
    "bottle.Bottle": Framework("Bottle", "wsgi"),
    "bottle.default_app": Framework("Bottle", "wsgi"),
    "falcon.asgi.App": Framework("Falcon", "asgi"),
    "falcon.App": Framework("Falcon", "wsgi"),
    "django.core.wsgi.get_wsgi_application": Framework("Django", "wsgi"),
    "django.core.asgi.get_asgi_application": Framework("Django", "asgi"),
    "channels.routing.ProtocolTypeRouter": Framework("Django Channels", "asgi"),
    "quart.Quart": Framework("Quart", "asgi"),
    "fastapi.FastAPI": Framework("FastAPI", "asgi"),
    "starlette.applications.Starlette": Framework("Starlette", "asgi"),
    "litestar.Litestar": Framework("Litestar", "asgi"),
    "blacksheep.Application": Framework("BlackSheep", "asgi"),
    "sanic.Sanic": Framework("Sanic", "asgi"),
    "datasette.Datasette": Framework("Datasette", "asgi", ".app()"),
    "socketio.ASGIApp": Framework("Socket.IO", "asgi"),
    "socketio.WSGIApp": Framework("Socket.IO", "wsgi"),
    "asgiref.wsgi.WsgiToAsgi": Framework("asgiref's WsgiToAsgi", "asgi"),
    "a2wsgi.ASGIMiddleware": Framework("a2wsgi's ASGIMiddleware", "wsgi"),
    "a2wsgi.WSGIMiddleware": Framework("a2wsgi's WSGIMiddleware", "asgi"),
    "aiohttp.web.Application": Framework("aiohttp", ""),
    "tornado.web.Application": Framework("Tornado", ""),
    "robyn.Robyn": Framework("Robyn", ""),
}
# What serves by itself, called at the top of a module or behind `if __name__ == "__main__"`.
SERVING = {"run", "run_app", "run_simple", "run_server", "serve", "serve_forever", "listen"}


def framework(origin: str) -> Framework | None:
    if origin in FRAMEWORKS:
        return FRAMEWORKS[origin]
    package, _, name = origin.rpartition(".")
    short = f"{package.partition('.')[0]}.{name}"
    return FRAMEWORKS.get(short) if short != "falcon.App" or "asgi" not in package else FRAMEWORKS["falcon.asgi.App"]
