"""The WSGI application behind the standard library's validator: every route, every refusal, and the end of a visit."""

import hashlib
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.validate import validator

import pytest

from contender import blocking, workload
from tests.unit.interface import NOT_ANSWERED, Answer, call_wsgi, discard, environ
from wsgi import app as wsgi_app
from wsgi.app import WORKER, app


def ask(target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    return call_wsgi(app, environ(target, method, headers, body, mount="/gevent"))


def begin(target: str) -> tuple[Iterator[bytes], Callable[[], None]]:
    """The body of an answer that has only just begun, and what a server calls when it is over."""

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        return discard

    body: Any = validator(app)(environ(target), start_response)
    return body, body.close


EVERY_GET = [
    *("/", "/hello", "/healthz", "/whoami", "/dump", "/io?ms=0", "/cpu?ms=0", "/block?ms=0", "/mix?bytes=3"),
    *("/stream?chunks=2&ms=0", "/sse?events=2&ms=0"),
]


@pytest.mark.parametrize("target", EVERY_GET)
def test_every_route_obeys_pep_3333(target: str) -> None:
    answer = ask(target)
    assert (answer.status, bool(answer.body)) == (200, True), f"{target}: wanted 200 and a body, got {answer}"


@pytest.mark.parametrize("target", [*EVERY_GET, "/nothing", "/io?ms=x", "/ws"])
def test_head_has_the_headers_of_get_and_no_body(target: str) -> None:
    get, head = ask(target), ask(target, "HEAD")
    assert (head.status, head.headers.keys(), head.body) == (get.status, get.headers.keys(), b""), f"{target}: {head}"


def test_a_path_that_is_not_there_is_named_with_its_mount_prefix() -> None:
    answer = ask("/nothing")
    assert (answer.status, answer.document["instance"]) == (404, "/gevent/nothing")
    assert answer.document["detail"] == "There is nothing at '/gevent/nothing'."


@pytest.mark.parametrize("mount", ["", "/sync", "/a/b"])
def test_the_mount_prefix_is_whatever_the_server_says(mount: str) -> None:
    refused = call_wsgi(app, environ("/io?ms=x", mount=mount))
    assert (refused.status, refused.document["instance"]) == (422, f"{mount}/io")
    assert call_wsgi(app, environ("/hello", mount=mount)).body == b"Hello, World!\n"


@pytest.mark.parametrize(("method", "target", "allow"), NOT_ANSWERED)
def test_a_method_that_is_not_answered_is_told_which_is(method: str, target: str, allow: str) -> None:
    answer = ask(target, method)
    assert (answer.status, answer.headers.get("allow")) == (405, allow), f"{method} {target}: got {answer}"


def test_a_websocket_is_more_than_wsgi_can_do() -> None:
    answer = ask("/ws")
    assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")
    assert "WSGI has no WebSocket" in answer.document["detail"]


def test_the_dump_is_the_environ_without_its_secrets() -> None:
    dumped = ask("/dump?token=s3cr3t", headers={"Authorization": "Basic s3cr3t", "Accept": "*/*"})
    want = {"SCRIPT_NAME": "/gevent", "PATH_INFO": "/dump", "HTTP_ACCEPT": "*/*", "QUERY_STRING": "token=[hidden]"}
    assert dumped.document.items() >= want.items(), f"wanted {want} in it, got {dumped.document}"
    assert b"s3cr3t" not in dumped.body, f"wanted no secret shown, got {dumped.body!r}"


# --- uploads --------------------------------------------------------------------------------------


def upload(source: BytesIO, **handed: object) -> Answer:
    return call_wsgi(app, environ("/upload", "POST") | {"wsgi.input": source} | handed)


@pytest.mark.parametrize("body", [b"", b"x", b"\0\xff" * 100_000], ids=["empty", "a byte", "many chunks"])
@pytest.mark.parametrize("terminated", [True, False])
def test_an_upload_is_counted_and_hashed(body: bytes, terminated: bool) -> None:
    framing: dict[str, object] = {"wsgi.input_terminated": True} if terminated else {"CONTENT_LENGTH": str(len(body))}
    answer = upload(BytesIO(body), **framing)
    want = {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    assert (answer.status, answer.document) == (200, want)


def test_nothing_is_read_after_the_length_that_the_request_has() -> None:
    source = BytesIO(b"bodyGET / HTTP/1.1")
    assert upload(source, CONTENT_LENGTH="4").document["bytes"] == 4
    assert source.tell() == 4, f"wanted 4 bytes read, got {source.tell()}"


def test_without_a_length_and_an_end_there_is_no_body() -> None:
    assert upload(BytesIO(b"left open")).document["bytes"] == 0


@pytest.mark.parametrize("terminated", [True, False])
def test_a_body_that_ends_early_is_400(terminated: bool) -> None:
    answer = upload(BytesIO(b"abc"), CONTENT_LENGTH="10", **{"wsgi.input_terminated": terminated})
    assert (answer.status, answer.document["detail"]) == (400, "The body ended after 3 of 10 bytes.")


class Endless(BytesIO):
    """A body without end, made while it is read."""

    given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert 0 < size <= workload.UPLOAD_CHUNK, f"wanted at most {workload.UPLOAD_CHUNK} bytes asked for, got {size}"
        assert self.given <= workload.UPLOAD_LIMIT, "wanted no more read after the limit"
        self.given += size
        return bytes(size)


def test_a_body_over_the_limit_is_413_and_is_never_held_in_memory() -> None:
    source = Endless()
    tracemalloc.start()
    answer = upload(source, **{"wsgi.input_terminated": True})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (answer.status, "67108864 bytes (64 MiB)" in answer.document["detail"]) == (413, True), f"got {answer}"
    assert peak < 1024 * 1024, f"wanted a few chunks in memory, got {peak} bytes"


# --- streams, and the end of a visit -----------------------------------------------------------------


@pytest.mark.parametrize("target", ["/stream?chunks=3&ms=250", "/sse?events=3&ms=250"])
def test_each_chunk_is_made_when_it_is_asked_for(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(blocking, "time", SimpleNamespace(sleep=waits.append))
    body, close = begin(target)
    for want in ([], [0.25], [0.25, 0.25]):
        next(body)
        assert waits == want, f"wanted a wait before every chunk but the first, got {waits} instead of {want}"
    close()


@pytest.mark.parametrize("target", ["/stream?ms=10000", "/sse?ms=10000"])
def test_a_stream_that_is_abandoned_ends_its_visit(target: str) -> None:
    served = WORKER.served
    body, close = begin(target)
    next(body)
    assert WORKER.in_flight == 1, f"wanted the visit to last while the stream does, got {WORKER.in_flight}"
    close()
    close()  # a server that says it twice has still ended one visit
    assert (WORKER.in_flight, WORKER.served) == (0, served + 1)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_end_of_an_answer_closes_what_made_its_body(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    class Chunks(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def chunks(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Chunks([b"x"])

    monkeypatch.setitem(wsgi_app.ROUTES, "/hello", ("GET, HEAD", chunks))
    ask("/hello", method)
    assert closed == [True], f"wanted the body closed once, got {len(closed)} times"


# --- failures -----------------------------------------------------------------------------------------


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail() -> dict[str, Any]:
        raise error

    monkeypatch.setitem(blocking.WORK, "whoami", fail)


def test_a_failure_is_500_without_its_traceback_which_the_log_has(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, RuntimeError("no water"))
    handed = environ("/whoami", mount="/gevent")
    log = handed["wsgi.errors"]
    answer = call_wsgi(app, handed)
    assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")
    assert not any(word in answer.body for word in (b"Traceback", b"RuntimeError", b"no water")), answer.body
    assert "Traceback" in log.getvalue(), "wanted the traceback in wsgi.errors"
    assert "RuntimeError: no water" in log.getvalue(), "wanted the reason in wsgi.errors"


def test_a_worker_that_is_told_to_exit_still_ends_its_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    """gunicorn stops a worker by an exception in the middle of a request, and greenlets are ended by one."""
    fail_with(monkeypatch, SystemExit(1))
    with pytest.raises(SystemExit):
        ask("/whoami")
    assert WORKER.in_flight == 0, f"wanted no visit left, got {WORKER.in_flight}"
