"""A WSGI application without a framework: https://peps.python.org/pep-3333/.

Read it from the top: first the interface itself, then the workloads, then how a path finds its function.
Not a line knows which worker runs it. Whether a wait (contender/blocking.py) holds up a whole process or
one greenlet is the worker's doing: gevent and eventlet replace `time.sleep` before this file is imported.
"""

import hashlib
import json
import traceback
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.headers import Headers
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from contender import blocking, problem, workload
from contender.dump import dump
from contender.identity import Worker
from contender.problem import Problem
from contender.usage import usage
from contender.wsgi import VISIT, identify

# --- the interface ------------------------------------------------------------------------------


def hello(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """All of WSGI: call start_response with a status and headers, return an iterable of bytes."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(workload.HELLO)))])
    return [workload.HELLO]


# --- workloads that answer with one JSON object ---------------------------------------------------


def answer(name: str) -> WSGIApplication:
    """Does the work with the parameters of the query string, then answers with the identity and what came of it."""

    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        params = workload.parameters(name, environ.get("QUERY_STRING", ""))
        result = blocking.WORK[name](**params)
        return send_json(start_response, "200 OK", WORKER.identity(environ[VISIT], name, params) | result)

    return answered


# --- workloads that stream ------------------------------------------------------------------------


def stream(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The iterable may be a generator: each chunk is sent when it is yielded."""
    params = workload.parameters("stream", environ.get("QUERY_STRING", ""))
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("X-Accel-Buffering", "no")])
    return blocking.paced(params["chunks"], params["ms"], workload.line)


def sse(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Server-sent events; a client that has seen them all is told with 204 not to come back."""
    params = workload.parameters("sse", environ.get("QUERY_STRING", ""))
    first = workload.first_event(environ.get("HTTP_LAST_EVENT_ID"))
    if first > params["events"]:
        start_response("204 No Content", [])
        return []
    no_buffers = [("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")]
    start_response("200 OK", [("Content-Type", "text/event-stream"), *no_buffers])
    return blocking.paced(params["events"], params["ms"], workload.event, first)


# --- the rest of the contract -----------------------------------------------------------------------


def healthz(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"ok\n"]


def used(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return send_json(start_response, "200 OK", usage())


def dumped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = dump(environ)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def upload(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Reads the body a chunk at a time: what is hashed is forgotten."""
    digest, size = hashlib.sha256(), 0
    for chunk in _body(environ):
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


def ws(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    # 426 owes the client an `Upgrade` header, which PEP 3333 leaves to servers; gunicorn lets this one pass.
    raise problem.upgrade_required("WSGI has no WebSocket: one request, one response. Ask an ASGI contender.")


# --- from a path to its function ----------------------------------------------------------------------

GET = "GET, HEAD"
ROUTES: dict[str, tuple[str, WSGIApplication]] = {
    "/": (GET, hello),
    "/hello": (GET, hello),
    "/healthz": (GET, healthz),
    "/dump": (GET, dumped),
    "/usage": (GET, used),
    **{f"/{name}": (GET, answer(name)) for name in blocking.WORK},
    "/stream": (GET, stream),
    "/sse": (GET, sse),
    "/upload": ("POST", upload),
    "/ws": (GET, ws),
}


def routed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    try:
        body = _route(environ)(environ, start_response)
    except Problem as refusal:
        body = refuse(refusal, environ, start_response)
    except Exception:
        environ["wsgi.errors"].write(traceback.format_exc())
        body = refuse(Problem(500, "The application failed; its log has the reason."), environ, start_response)
    return _without_body(body) if environ["REQUEST_METHOD"] == "HEAD" else body


def _route(environ: WSGIEnvironment) -> WSGIApplication:
    path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
    if path not in ROUTES:
        raise problem.not_found(whole_path(environ))
    allowed, function = ROUTES[path]
    if method not in allowed.split(", "):
        raise problem.not_allowed(method, allowed)
    return function


def whole_path(environ: WSGIEnvironment) -> str:
    """The path with its mount. PEP 3333 hands its bytes over as if they were Latin-1; they are UTF-8."""
    path = str(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))
    return path.encode("latin-1").decode(errors="replace")


def _without_body(body: Iterable[bytes]) -> Iterable[bytes]:
    """HEAD has the headers of GET and nothing else; dropping the body is the application's part in WSGI."""
    if (close := getattr(body, "close", None)) is not None:
        close()
    return []


def refuse(refusal: Problem, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    status = f"{refusal.status.value} {refusal.status.phrase}"
    document = refusal.document(whole_path(environ))
    return send_json(start_response, status, document, problem.MEDIA_TYPE, refusal.headers)


def send_json(
    start_response: StartResponse,
    status: str,
    document: dict[str, Any],
    media_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Iterable[bytes]:
    body = json.dumps(document).encode() + b"\n"
    own = Headers(list((headers or {}).items()))
    own["Content-Type"], own["Content-Length"] = media_type, str(len(body))
    start_response(status, own.items())
    return [body]


WORKER = Worker(blocking.CARRIER)
app = identify(routed, WORKER)
