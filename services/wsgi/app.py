"""A WSGI application without a framework: https://peps.python.org/pep-3333/.

gunicorn calls `app` once for each request and sends what it returns. Whether the worker process does nothing else
meanwhile (sync) or runs other threads or greenlets is the choice of a worker class, made in compose.yaml: no
line here depends on it. services/asgi/app.py is the same application for an event loop; what differs is the model.
"""

import signal
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from contender import wsgi_contract as contract
from contender.wsgi_contract import answer, parameters
from wsgi import workloads


def hello(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """All of WSGI: call `start_response` with a status and headers, return an iterable of bytes."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "14")])
    return [b"Hello, World!\n"]


def io(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Waits as blocking code does. Under sync the whole process waits.

    gevent and eventlet replaced `time.sleep` before this file was imported: under them only this greenlet waits.
    """
    params = parameters(environ)
    time.sleep(params["ms"] / 1000)
    return answer(environ, start_response, params)


def cpu(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Computes. No worker class shares a computation: other requests need another process."""
    params = parameters(environ)
    end = time.thread_time() + params["ms"] / 1000
    while time.thread_time() < end:
        sum(range(500))
    return answer(environ, start_response, params)


def block(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Waits in C, as a driver or a DNS lookup may. No monkey patch reaches it: all greenlets wait, threads do not."""
    params = parameters(environ)
    signal.sigtimedwait([], params["ms"] / 1000)
    return answer(environ, start_response, params)


def pool(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """A blocking call, made inline: WSGI has no executor to hand it to. The same as /io."""
    return io(environ, start_response)


ROUTES: dict[str, WSGIApplication] = {
    "/": hello,
    "/hello": hello,
    "/io": io,
    "/cpu": cpu,
    "/block": block,
    "/pool": pool,
    **workloads.ROUTES,  # /db /mix /fanout /stream /sse /upload
    **contract.ROUTES,  # /healthz /whoami /dump /usage /ws /hints /internal/...
}


@contract.middleware  # request ids, timing, HEAD, and refusals as problem documents
def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return contract.route(ROUTES, environ)(environ, start_response)
