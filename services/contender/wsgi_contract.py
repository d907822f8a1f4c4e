"""What every contender answers beside its workloads, in WSGI: identity, refusals, HEAD, and the routes about itself."""

import json
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from types import BuiltinFunctionType
from typing import Any
from wsgiref.headers import Headers
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from contender import control, problem, workload
from contender.catalogue import LAB_PREFIX
from contender.dump import dump
from contender.identity import RequestContext, Worker
from contender.observe import observe_wsgi
from contender.problem import Problem
from contender.usage import usage
from contender.workload import DRAIN_BYTES, DRAIN_SECONDS

CONTEXT = "contender.context"

# What carries a request: the interpreter's own function is written in C, its green replacement in Python.
CARRIER = "thread" if isinstance(threading.get_ident, BuiltinFunctionType) else "greenlet"
WORKER = Worker(CARRIER)


# --- what a workload calls ------------------------------------------------------------------------


def parameters(environ: WSGIEnvironment) -> dict[str, Any]:
    """The parameters of the workload that the path names. Raises Problem 422."""
    return workload.parameters(environ["PATH_INFO"][1:], environ.get("QUERY_STRING", ""))


def answer(
    environ: WSGIEnvironment, start_response: StartResponse, params: dict[str, Any], **result: object
) -> Iterable[bytes]:
    """One JSON object: who served the request, when, with which parameters, and the workload's result."""
    identity = WORKER.identity(environ[CONTEXT], environ["PATH_INFO"][1:], params)
    return send_json(start_response, "200 OK", identity | result)


def send_json(
    start_response: StartResponse, status: str, document: object, media_type: str = "application/json"
) -> Iterable[bytes]:
    body = json.dumps(document).encode() + b"\n"
    start_response(status, [("Content-Type", media_type), ("Content-Length", str(len(body)))])
    return [body]


def route(routes: Mapping[str, WSGIApplication], environ: WSGIEnvironment) -> WSGIApplication:
    """The function of this path. Raises Problem 404 or 405."""
    path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
    if path not in routes:
        if not path.startswith(f"{LAB_PREFIX}/"):
            raise problem.not_found(whole_path(environ))
        environ |= {
            "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + LAB_PREFIX,
            "PATH_INFO": path.removeprefix(LAB_PREFIX),
        }
        return route(ROUTES, environ)
    if method not in (allowed := problem.allowed(path)):
        raise problem.not_allowed(method, allowed)
    return routes[path]


# --- around every request -------------------------------------------------------------------------


def middleware(app: WSGIApplication) -> WSGIApplication:
    """Identifies each response, turns exceptions into problem documents, and leaves the body out for HEAD."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        context = environ[CONTEXT] = WORKER.begin(environ.get("HTTP_X_REQUEST_ID"), environ.get("HTTP_X_REQUEST_START"))
        identified = _identify_response(start_response, context)
        try:
            body = _respond(app, environ, identified)
        except BaseException:  # gunicorn ends a worker by SystemExit, and greenlets by exceptions of their own
            WORKER.end(context)
            raise
        return Body(body, lambda: end(context, environ), empty=environ["REQUEST_METHOD"] == "HEAD")

    return observe_wsgi(wrapped)


def identify(app: WSGIApplication) -> WSGIApplication:
    """Only adds the headers: for an application that is not the lab's."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        context = WORKER.begin(environ.get("HTTP_X_REQUEST_ID"), environ.get("HTTP_X_REQUEST_START"))
        try:
            body = app(environ, _identify_response(start_response, context))
        except BaseException:
            WORKER.end(context)
            raise
        # Types with a fast path in the server (sendfile) stay unwrapped.
        if isinstance(body, (list, tuple, environ.get("wsgi.file_wrapper", list))):
            WORKER.end(context)
            return body
        return Body(body, lambda: WORKER.end(context), empty=False)

    return wrapped


def end(context: RequestContext, environ: WSGIEnvironment) -> None:
    WORKER.end(context)
    drain(environ)


def drain(environ: WSGIEnvironment) -> None:
    """Reads the rest of a request's body once it is answered, within DRAIN_BYTES and DRAIN_SECONDS.

    The sync worker closes the connection after each response. With unread bytes in it the kernel resets it, and a
    reset overtakes the response: nginx answered 502 to one of ten such requests. Other workers read on by themselves.
    """
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if "gunicorn.socket" not in environ or not (length or "HTTP_TRANSFER_ENCODING" in environ):
        return
    connection, deadline = environ["gunicorn.socket"], time.monotonic() + DRAIN_SECONDS
    left, patience = min(length or DRAIN_BYTES, DRAIN_BYTES), connection.gettimeout()
    with suppress(OSError):  # the client has gone, or took too long
        while left > 0 and (remaining := deadline - time.monotonic()) > 0:
            connection.settimeout(remaining)
            chunk = environ["wsgi.input"].read(min(left, workload.UPLOAD_CHUNK))
            if not chunk:
                break
            left -= len(chunk)
        connection.settimeout(patience)


def _identify_response(start_response: StartResponse, context: RequestContext) -> StartResponse:
    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
        return start_response(status, [*headers, *context.headers()], exc_info)  # servers take a tuple, too

    return start


def _respond(app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    try:
        return app(environ, start_response)
    except Problem as refusal:
        return _refuse(refusal, environ, start_response)
    except Exception:
        environ["wsgi.errors"].write(traceback.format_exc())
        return _refuse(problem.failure(), environ, start_response)


def _refuse(refusal: Problem, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """`exc_info` lets the server replace a response that was started but not sent; of one that was, it re-raises it."""
    body = json.dumps(refusal.document(whole_path(environ))).encode() + b"\n"
    headers = Headers(list(refusal.headers.items()))
    headers["Content-Type"], headers["Content-Length"] = problem.MEDIA_TYPE, str(len(body))
    start_response(f"{refusal.status.value} {refusal.status.phrase}", headers.items(), sys.exc_info())
    return [body]


def whole_path(environ: WSGIEnvironment) -> str:
    """The path with its mount. PEP 3333 passes its bytes as if they were Latin-1; they are UTF-8."""
    path = str(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))
    return path.encode("latin-1").decode(errors="replace")


class Body:
    """A response body that ends its context in `close`, which PEP 3333 has every server call, whatever happened.

    `empty`: HEAD has the headers of GET and no body, which in WSGI is the application's part.
    """

    def __init__(self, body: Iterable[bytes], on_close: Callable[[], None], *, empty: bool) -> None:
        self._body = body
        self._on_close = on_close
        self._empty = empty

    def __iter__(self) -> Iterator[bytes]:
        return iter(()) if self._empty else iter(self._body)

    def close(self) -> None:
        on_close, self._on_close = self._on_close, lambda: None  # once, however often a server calls
        on_close()
        if (close := getattr(self._body, "close", None)) is not None:
            close()


# --- routes about the contender itself ------------------------------------------------------------


def healthz(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"ok\n"]


def whoami(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    http_version = environ["SERVER_PROTOCOL"].removeprefix("HTTP/")
    return answer(environ, start_response, {}, http_version={"2.0": "2"}.get(http_version, http_version))


def dump_request(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = dump(environ)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def report_usage(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return send_json(start_response, "200 OK", usage())


def ws(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """426 owes the client an `Upgrade` header, which PEP 3333 reserves for servers; gunicorn lets this one pass."""
    raise problem.upgrade_required("WSGI has no WebSocket: one request, one response. Use an ASGI contender.")


def hints(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """103 before 200, where the server offers to send it: gunicorn does since 25.0, PEP 3333 has no word for it."""
    if (early_hints := environ.get("wsgi.early_hints")) is not None:
        early_hints([("Link", workload.HINT)])
    return healthz(environ, start_response)


def stop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return send_json(start_response, "202 Accepted", control.stop())


def reload(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    server = WORKER.server.server if WORKER.server else "gunicorn"
    return send_json(start_response, "202 Accepted", control.reload(server))


def workers(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """PUT changes the number of worker processes, DELETE takes that back."""
    length = min(int(environ.get("CONTENT_LENGTH") or 0), control.LONGEST)
    count = control.parse_worker_count(environ["REQUEST_METHOD"], environ["wsgi.input"].read(length))
    for _ in control.resize(WORKER.server.server if WORKER.server else "gunicorn", count):
        time.sleep(control.POLL)
    return send_json(start_response, "200 OK", control.resize_result(count))


ROUTES: dict[str, WSGIApplication] = {
    "/healthz": healthz,
    "/whoami": whoami,
    "/dump": dump_request,
    "/usage": report_usage,
    "/ws": ws,
    "/hints": hints,
    "/internal/stop": stop,
    "/internal/reload": reload,
    "/internal/workers": workers,
}
