"""What is WSGI's own: the standard library's validator is between the test and the application."""

import itertools
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.validate import validator

import pytest

from contender import workload
from contender import wsgi_contract as contract
from contender.wsgi_contract import WORKER
from tests.unit.interface import Answer, call_wsgi, discard, environ
from tests.unit.slow_api import SlowApi
from wsgi import app as lesson
from wsgi import workloads
from wsgi.app import app


def ask(target: str, method: str = "GET") -> Answer:
    return call_wsgi(app, environ(target, method, mount="/gevent"))


def ignored(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
    """A start_response that discards what it gets."""
    return discard


def begin(target: str) -> tuple[Iterator[bytes], Callable[[], None]]:
    """The body of an answer that has only just begun, and what a server calls when it is over."""
    body: Any = validator(app)(environ(target), ignored)
    return body, body.close


# --- the lesson's own lines ---------------------------------------------------------------------------


def test_a_wait_is_the_sleep_that_a_monkey_patch_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    for target in ("/io?ms=250", "/mix?io_ms=250", "/stream?chunks=2&ms=250", "/sse?events=2&ms=250"):
        slept: list[float] = []
        monkeypatch.setattr(time, "sleep", slept.append)
        ask(target)
        assert slept == [0.25], f"{target}: wanted one time.sleep(0.25), got {slept}"


def test_a_block_is_no_sleep_that_a_monkey_patch_could_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    clock, cpu = time.monotonic(), time.thread_time()
    ask("/block?ms=50")
    waited, used = time.monotonic() - clock, time.thread_time() - cpu
    assert (slept, waited >= 0.050, used < 0.025) == ([], True, True), f"waited {waited} s, used {used} s of CPU time"


def test_a_computation_uses_the_cpu_time_of_its_thread() -> None:
    for target in ("/cpu?ms=10", "/mix?cpu_ms=10"):
        before = time.thread_time()
        ask(target)
        used = 1000 * (time.thread_time() - before)
        assert used >= 10, f"{target}: used {used:.1f} ms of CPU time"


def test_a_fanout_is_concurrent_where_a_thread_is_a_greenlet(api: SlowApi, monkeypatch: pytest.MonkeyPatch) -> None:
    assert contract.CARRIER == "thread", "nothing is monkey-patched in this process"
    calls = ask("/fanout?n=4&ms=0").document["calls"]
    for call, following in itertools.pairwise(calls):
        assert call["finished"] <= following["started"], f"wanted one call after another, got {calls}"
    monkeypatch.setattr(workloads, "CARRIER", "greenlet")
    api.meeting = threading.Barrier(5)  # no call returns before all have arrived
    calls = ask("/fanout?n=5&ms=0").document["calls"]
    assert [call["status"] for call in calls] == [200] * 5


# --- uploads --------------------------------------------------------------------------------------


def upload(source: BytesIO, **handed: object) -> Answer:
    return call_wsgi(app, environ("/upload", "POST") | {"wsgi.input": source} | handed)


def test_a_body_is_read_to_its_length_or_to_its_end_and_no_further() -> None:
    rows: list[tuple[bytes, dict[str, object], int, dict[str, object]]] = [
        (b"bodyGET / HTTP/1.1", {"CONTENT_LENGTH": "4"}, 4, {"bytes": 4}),
        (b"chunked body", {"wsgi.input_terminated": True}, 12, {"bytes": 12}),
        (b"left open", {}, 0, {"bytes": 0}),
        (b"abc", {"CONTENT_LENGTH": "10"}, 3, {"status": 400, "detail": "The body ended after 3 of 10 bytes."}),
        (b"abc", {"CONTENT_LENGTH": "10", "wsgi.input_terminated": True}, 3, {"status": 400}),
    ]
    for body, handed, read, want in rows:
        source = BytesIO(body)
        got = upload(source, **handed).document
        assert got.items() >= want.items(), f"{body!r} with {handed}: wanted {want}, got {got}"
        assert source.tell() == read, f"{body!r} with {handed}: wanted {read} bytes read, got {source.tell()}"


class Endless(BytesIO):
    """A body without end, made while it is read."""

    yielded = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert 0 < size <= workload.UPLOAD_CHUNK, f"wanted at most {workload.UPLOAD_CHUNK} bytes asked for, got {size}"
        assert self.yielded <= workload.UPLOAD_LIMIT, "wanted no more read after the limit"
        self.yielded += size
        return bytes(size)


def test_a_body_over_the_limit_is_never_held_in_memory() -> None:
    tracemalloc.start()
    got = upload(Endless(), **{"wsgi.input_terminated": True})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert got.status == 413, f"got {got}"
    assert peak < 1024 * 1024, f"wanted a few chunks in memory, got {peak} bytes"


def test_a_body_that_nobody_read_is_drained_within_bounds_once_it_is_answered() -> None:
    """With unread bytes left, the close of a sync worker resets the connection, and the response may be lost."""
    size = 3 * workload.DRAIN_BYTES
    for target, method, length, read in (
        ("/hello", "GET", 100_000, 100_000),
        ("/io", "POST", 100_000, 100_000),
        ("/nothing", "POST", size, workload.DRAIN_BYTES),
        ("/hello", "GET", 0, 0),
    ):
        near, far = socket.socketpair()
        with near, far:
            source = BytesIO(b"x" * size)
            handed = environ(target, method) | {"wsgi.input": source, "CONTENT_LENGTH": str(length)}
            answered = app(handed | {"gunicorn.socket": near}, ignored)
            assert source.tell() == 0, f"{method} {target}: read before it was answered"
            assert isinstance(answered, contract.Body)
            answered.close()
            assert source.tell() == read, f"{method} {target}: wanted {read} of {length} bytes drained"
            assert near.gettimeout() is None, f"{method} {target}: the socket keeps a time-out of {near.gettimeout()}"


def test_a_client_that_dribbles_its_body_does_not_hold_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "DRAIN_SECONDS", 0.05)
    near, far = socket.socketpair()
    with near, far:
        handed = environ("/hello") | {"wsgi.input": near.makefile("rb"), "CONTENT_LENGTH": "100"}
        contract.drain(handed | {"gunicorn.socket": near})  # returns, or the suite hangs here


# --- how a response ends, and how it fails ---------------------------------------------------------------


def test_a_stream_lasts_until_it_is_closed() -> None:
    for target in ("/stream?ms=10000", "/sse?ms=10000"):
        served = WORKER.served
        body, close = begin(target)
        next(body)
        assert WORKER.in_flight == 1, f"{target}: wanted the context to last while the stream does"
        close()
        close()  # a server may call it twice, and has still ended one context
        assert (WORKER.in_flight, WORKER.served) == (0, served + 1), f"{target}: {WORKER.in_flight} in flight"


def test_the_end_of_an_answer_closes_what_made_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []

    class Chunks(list[bytes]):
        def close(self) -> None:
            closed.append("closed")

    def chunks(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Chunks([b"x"])

    monkeypatch.setitem(lesson.ROUTES, "/hello", chunks)
    for method, body in (("GET", b"x"), ("HEAD", b"")):
        closed.clear()
        assert (ask("/hello", method).body, closed) == (body, ["closed"]), f"{method}: closed {closed}"


def failing(error: BaseException, *, started: bool = False) -> WSGIApplication:
    def fail(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if started:
            start_response("200 OK", [("Content-Type", "text/plain")])
        raise error

    return fail


def test_a_failure_is_500_without_its_traceback_which_the_log_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lesson.ROUTES, "/hello", failing(RuntimeError("no water")))
    handed = environ("/hello", mount="/gevent")
    log = handed["wsgi.errors"]  # before the validator wraps it
    got = call_wsgi(app, handed)
    assert (got.status, got.headers["content-type"]) == (500, "application/problem+json")
    assert not any(word in got.body for word in (b"Traceback", b"RuntimeError", b"no water")), got.body
    assert "RuntimeError: no water" in log.getvalue(), "wanted the traceback in wsgi.errors"


def test_a_response_that_was_started_is_replaced_with_exc_info(monkeypatch: pytest.MonkeyPatch) -> None:
    """PEP 3333: a second start_response without exc_info is an error; with it the server decides what was sent."""
    monkeypatch.setitem(lesson.ROUTES, "/hello", failing(RuntimeError("no water"), started=True))
    started: list[tuple[str, Any]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        started.append((status[:3], exc_info and exc_info[0]))
        return discard

    body: Any = validator(app)(environ("/hello"), start_response)
    list(body)
    body.close()
    assert started == [("200", None), ("500", RuntimeError)]


def test_a_worker_that_exits_ends_its_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    """gunicorn stops a worker by an exception in the middle of a request, and greenlets are ended by one."""
    monkeypatch.setitem(lesson.ROUTES, "/hello", failing(SystemExit(1)))
    with pytest.raises(SystemExit):
        ask("/hello")
    assert WORKER.in_flight == 0, f"wanted no context left, got {WORKER.in_flight}"
