"""Who answered: this worker process, what it has carried, and what carries each request inside it."""

import heapq
import os
import platform
import re
import secrets
import socket
import sys
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

FREE_THREADED = "t" in sys.abiflags  # the build: https://docs.python.org/3/howto/free-threading-python.html
# What a client may choose as its request id. nginx applies the same rule (nginx/conf.d/headers.conf).
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
# `t=` and seconds since the epoch, as nginx writes it: https://docs.newrelic.com/docs/apm/request-queuing
_REQUEST_START = re.compile(r"t=([0-9]{1,12}(?:\.[0-9]{1,6})?)")
_HOST = socket.gethostname()
# A leak on purpose, for `scripts/profile --memory` to find: what each request leaves behind (services/README.md).
LEAK_BYTES = int(os.environ.get("LEAK_BYTES") or 0)
LEAKED: list[bytes] = []


@dataclass(frozen=True, slots=True)
class Server:
    """The server that runs this process, as found out from the running server, never from configuration."""

    interface: str
    server: str
    server_version: str
    worker: str


UNKNOWN = Server("unknown", "unknown", "unknown", "unknown")


def interpreter() -> str:
    """Python's version, and of a free-threaded build whether the GIL is really off: importing an extension that needs
    it switches it on."""
    version = platform.python_version()
    return f"{version} free-threaded, GIL {'on' if sys._is_gil_enabled() else 'off'}" if FREE_THREADED else version


class RequestContext:
    """One request, from the moment the application got it."""

    __slots__ = ("_body", "_clock", "has_body", "lane", "queued_ms", "request_id", "response_started", "started")

    def __init__(self, lane: str, request_id: str | None, request_start: str | None) -> None:
        """`lane` is what carries it: thread-1, greenlet-1, task-1."""
        self._clock = time.perf_counter()
        self._body: tuple[float, float] | None = None
        self.started = time.time()
        self.lane = lane
        self.response_started = False  # set by the ASGI middleware, as the next; a WSGI server knows by itself
        self.has_body = False
        well_formed = request_id is not None and REQUEST_ID.fullmatch(request_id)
        self.request_id = request_id if request_id and well_formed else secrets.token_hex(16)
        self.queued_ms = _queued_ms(request_start, self.started)

    def handed_off(self) -> None:
        """Called where work begins that another thread does: what came before was a wait for that thread."""
        self.started = time.time()

    def note_body_part(self) -> None:
        """Called for each part of the request's body, when the application has it."""
        now = time.perf_counter()
        self._body = (self._body[0] if self._body else now, now)

    def headers(self) -> list[tuple[str, str]]:
        """The request's id; its times in milliseconds, as browsers' developer tools draw them; who served it, and when.

        `queue` is the time before the application, `body` from the first part of the request's body to its last.
        `finished` is the time of the response's head, in seconds since the epoch like `started`.
        """
        app_ms = (time.perf_counter() - self._clock) * 1000
        queue = "" if self.queued_ms is None else f"queue;dur={self.queued_ms}, "
        body = "" if self._body is None else f"body;dur={(self._body[1] - self._body[0]) * 1000:.3f}, "
        who = f"host={_HOST}, pid={os.getpid()}, lane={self.lane}"
        return [
            ("X-Request-Id", self.request_id),
            ("Server-Timing", f"{queue}{body}app;dur={app_ms:.3f}"),
            ("X-Served-By", f"{who}, started={self.started:.6f}, finished={time.time():.6f}"),
        ]


def _queued_ms(request_start: str | None, started: float) -> float | None:
    """Milliseconds since nginx took the request; its clock ticks in whole ones, so never below zero."""
    match = request_start and _REQUEST_START.fullmatch(request_start)
    return max(0.0, round((started - float(match[1])) * 1000, 3)) if match else None


class Worker:
    """This worker process: its server, and counts of the requests in it."""

    server: Server | None = None  # known once it runs; of the class, where gunicorn.conf.py sets it

    def __init__(self, carrier: str) -> None:
        """`carrier` is what carries a request here: thread, greenlet or task."""
        self.carrier = carrier
        self.in_flight = 0
        self.peak_in_flight = 0
        self.served = 0
        self._free_lanes: list[int] = []
        self._lock = threading.Lock()

    def begin(self, request_id: str | None, request_start: str | None) -> RequestContext:
        with self._lock:
            self.in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
            # The lowest free number, so that a picture of the lanes has no more of them than were ever needed.
            lane = heapq.heappop(self._free_lanes) if self._free_lanes else self.in_flight
        if LEAK_BYTES:
            LEAKED.append(bytes(LEAK_BYTES))
        return RequestContext(f"{self.carrier}-{lane}", request_id, request_start)

    def end(self, context: RequestContext) -> None:
        with self._lock:
            self.in_flight -= 1
            self.served += 1
            heapq.heappush(self._free_lanes, int(context.lane.rpartition("-")[2]))

    def identity(self, context: RequestContext, workload: str, params: dict[str, Any]) -> dict[str, Any]:
        """The contract's JSON object: what served it, when, and the request (times in seconds since the epoch)."""
        return {
            "service": os.environ.get("SERVICE", "unknown"),
            **asdict(self.server or UNKNOWN),
            "python": interpreter(),
            "host": _HOST,
            "pid": os.getpid(),
            "lane": context.lane,
            "request_id": context.request_id,
            "queued_ms": context.queued_ms,
            "started": round(context.started, 6),
            "finished": round(time.time(), 6),
            "in_flight": self.in_flight,
            "peak_in_flight": self.peak_in_flight,
            "served": self.served + 1,  # with this one, which is as good as answered
            "workload": workload,
            "params": params,
        }
