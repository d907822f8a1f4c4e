"""prometheus_client around a WSGI application."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from contender.catalogue import LAB_PREFIX
from contender.observe import metrics
from contender.wsgi_contract import CONTEXT, Body


def count(app: WSGIApplication) -> WSGIApplication:
    def counted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in (metrics.PATH, LAB_PREFIX + metrics.PATH):
            return expose(environ, start_response)
        request = metrics.Request(environ["REQUEST_METHOD"], path)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
            request.status = status[:3]
            return start_response(status, headers, exc_info)

        def end() -> None:
            request.end(environ[CONTEXT].queued_ms if CONTEXT in environ else None)

        try:
            body = app(environ, start)
        except BaseException:
            end()
            raise
        return Body(body, end, empty=False)

    return counted


def expose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body = metrics.scrape()
    start_response("200 OK", [("Content-Type", metrics.CONTENT_TYPE), ("Content-Length", str(len(body)))])
    return [body]
