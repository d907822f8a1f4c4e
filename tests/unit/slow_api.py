"""A stand-in for the backend: a real HTTP server on a loopback port that the system chooses."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.unit.interface import GUARD


@dataclass
class SlowApi:
    """The requests it got, and how it responds: `raw` in place of HTTP, after `meeting` where calls shall meet."""

    host: str
    port: int
    status: int = 200
    raw: bytes | None = None
    meeting: threading.Barrier | None = None
    paths: list[str] = field(default_factory=list)
    in_flight: int = 0
    peak_in_flight: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Answers no call meanwhile."""
        self.meeting = threading.Barrier(2)
        try:
            yield
        finally:
            self.meeting.abort()


@contextmanager
def slow_api() -> Iterator[SlowApi]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = False  # closing the server then waits for them
        api = _Handler.api = SlowApi("127.0.0.1", server.server_address[1])
        ready_pids = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        ready_pids.start()
        try:
            yield api
        finally:
            server.shutdown()
            ready_pids.join()


class _Handler(BaseHTTPRequestHandler):
    api: SlowApi

    def do_GET(self) -> None:
        api = self.api
        with api.lock:
            api.paths.append(self.path)
            api.in_flight += 1
            api.peak_in_flight = max(api.peak_in_flight, api.in_flight)
        if api.meeting is not None:
            try:
                api.meeting.wait(GUARD)
            except threading.BrokenBarrierError:
                return
        with api.lock:
            api.in_flight -= 1
        self._answer(api)

    def _answer(self, api: SlowApi) -> None:
        if api.raw is not None:
            self.wfile.write(api.raw)
            return
        self.send_response(api.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the default writes each request to standard error."""
