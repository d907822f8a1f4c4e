"""Applications that do what few do and every server accepts: a path each, as WSGI and as ASGI."""

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

TEXT = ("Content-Type", "text/plain")
FILE = Path(tempfile.gettempdir()) / "odd.txt"
FILE.write_text("from a file\n")


# --- WSGI ---------------------------------------------------------------------------------------------------


def tuple_headers(environ: WSGIEnvironment, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", (TEXT, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")))
    return (b"two", b" chunks")


def items_headers(environ: WSGIEnvironment, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", dict([TEXT, ("Content-Length", "2")]).items())
    return [b"ok"]


def written(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    write = start_response("200 OK", [TEXT])
    write(b"written, ")
    return [b"then returned"]


def replaced(environ: WSGIEnvironment, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [TEXT])
    try:
        raise ValueError("before anything was sent")
    except ValueError:
        start_response("503 Service Unavailable", [TEXT], sys.exc_info())
    return [b"replaced"]


def too_late(environ: WSGIEnvironment, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [TEXT])
    yield b"sent"
    try:
        raise ValueError("after the head was sent")
    except ValueError:
        start_response("503 Service Unavailable", [TEXT], sys.exc_info())


def started_late(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [TEXT])  # when the server takes the first chunk
    yield b""
    yield b"late"


def wrapped_file(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [TEXT])
    wrapper: Callable[[Any], Iterable[bytes]] = environ["wsgi.file_wrapper"]
    return wrapper(FILE.open("rb"))


class Closing:
    closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return iter([b"closed ", str(Closing.closed).encode(), b" times before"])

    def close(self) -> None:
        Closing.closed += 1


def closing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [TEXT])
    return Closing()


def nothing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("204 No Content", [])
    return []


def raising(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    raise RuntimeError("of the application")


def latin(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 Fein", [TEXT, ("X-Name", "Z\xfcrich"), ("Content-Length", "4")])
    return iter([b"fine"])


def where(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """What it hears of its address."""
    start_response("200 OK", [TEXT])
    names = ("SCRIPT_NAME", "PATH_INFO", "RAW_URI", "REQUEST_URI", "QUERY_STRING", "HTTP_X_SERVERLAB_AT_ROOT")
    return [f"{name}={environ.get(name)}\n".encode() for name in names]


WSGI: dict[str, WSGIApplication] = {
    "/where": where,
    "/tuple-headers": tuple_headers,
    "/items-headers": items_headers,
    "/written": written,
    "/replaced": replaced,
    "/too-late": too_late,
    "/started-late": started_late,
    "/wrapped-file": wrapped_file,
    "/closing": closing,
    "/closing?again": closing,
    "/nothing": nothing,
    "/raising": raising,
    "/latin": latin,
}


def wsgi(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return WSGI[environ["PATH_INFO"]](environ, start_response)


# --- ASGI ---------------------------------------------------------------------------------------------------


async def asgi_tuple_headers(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": ((b"content-type", b"text/plain"),)})
    await send({"type": "http.response.body", "body": b"ok"})


async def asgi_generated_headers(scope: Any, receive: Any, send: Any) -> None:
    pairs = ((b"x-number", str(number).encode()) for number in range(3))
    await send({"type": "http.response.start", "status": 200, "headers": pairs})
    await send({"type": "http.response.body", "body": b"ok"})


async def asgi_no_headers(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body"})


async def asgi_streamed(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for chunk in (b"one ", b"", b"two"):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def asgi_state(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope.get("state", {}).get("greeting", b"no state")})


async def asgi_path(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    if "http.response.pathsend" in (scope.get("extensions") or {}):
        await send({"type": "http.response.pathsend", "path": str(FILE)})
    else:
        await send({"type": "http.response.body", "body": b"no pathsend"})


async def asgi_trailers(scope: Any, receive: Any, send: Any) -> None:
    extended = "http.response.trailers" in (scope.get("extensions") or {})
    await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": extended})
    await send({"type": "http.response.body", "body": b"body"})
    if extended:
        await send({"type": "http.response.trailers", "headers": [(b"x-after", b"1")]})


async def asgi_silent(scope: Any, receive: Any, send: Any) -> None:
    """Returns without a response."""


async def asgi_raising(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("of the application")


async def asgi_raising_late(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("of the application")


async def asgi_where(scope: Any, receive: Any, send: Any) -> None:
    paths = [scope[name] for name in ("root_path", "path", "raw_path", "query_string")]
    marks = [value for name, value in scope["headers"] if name == b"x-serverlab-at-root"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": repr([*paths, marks]).encode()})


ASGI = {
    "/where": asgi_where,
    "/tuple-headers": asgi_tuple_headers,
    "/generated-headers": asgi_generated_headers,
    "/no-headers": asgi_no_headers,
    "/streamed": asgi_streamed,
    "/state": asgi_state,
    "/path": asgi_path,
    "/trailers": asgi_trailers,
    "/silent": asgi_silent,
    "/raising": asgi_raising,
    "/raising-late": asgi_raising_late,
}


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["greeting"] = b"made at startup"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await ASGI[scope["path"]](scope, receive, send)


async def asgi_without_lifespan(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http", "this application knows no lifespan"
    await ASGI[scope["path"]](scope, receive, send)
