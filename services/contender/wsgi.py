"""WSGI middleware that identifies every answer: it wraps `start_response` for the headers and `close` for the end."""

from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from contender.identity import Visit, Worker

VISIT = "contender.visit"


def identify(app: WSGIApplication, worker: Worker) -> WSGIApplication:
    def identified(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        visit = environ[VISIT] = worker.begin(environ.get("HTTP_X_REQUEST_ID"), environ.get("HTTP_X_REQUEST_START"))
        try:
            body = app(environ, _with_headers(start_response, visit))
        except BaseException:
            worker.end(visit)
            raise
        return Body(body, lambda: worker.end(visit))

    return identified


def _with_headers(start_response: StartResponse, visit: Visit) -> StartResponse:
    def start(status: str, headers: list[tuple[str, str]], exc_info=None, /) -> Callable[[bytes], object]:  # type: ignore[no-untyped-def]
        return start_response(status, headers + visit.headers(), exc_info)

    return start


class Body:
    """A response body that says when it is over: PEP 3333 has every server call `close`, whatever happened."""

    def __init__(self, body: Iterable[bytes], ended: Callable[[], None]) -> None:
        self._body = body
        self._ended = ended

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        ended, self._ended = self._ended, lambda: None  # once, however often a server calls
        ended()
        if (close := getattr(self._body, "close", None)) is not None:
            close()
