"""The metrics of a contender, defined and updated as users of prometheus_client do, and what a scrape returns.

Rate, errors and duration (RED) for each route; how long requests were queued before the application; saturation.
Buckets are the client's default: 5 ms to 10 s.
"""

import threading
import time
from collections.abc import Callable, Iterable

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from contender.catalogue import LAB_PREFIX
from contender.observe import BROKEN, FOLDER, files
from contender.usage import ready_pids
from contender.workload import WORKLOADS

PATH = "/internal/metrics"  # nginx never routes /internal/
CONTENT_TYPE = CONTENT_TYPE_LATEST

# A series for each of them, whatever paths and methods clients send: all others share one.
ROUTES = frozenset({"/", "/hello", "/upload", "/healthz", "/dump", "/usage", "/ws", "/hints"}) | {
    f"/{name}" for name in WORKLOADS
}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
OTHER = "other"

REQUESTS = Counter("http_requests", "Responses, by status.", ("method", "route", "status"))
DURATION = Histogram("http_request_duration_seconds", "From the application's call to its end.", ("method", "route"))
QUEUED = Histogram("http_request_queue_seconds", "From nginx's acceptance of the request to the application's call.")
IN_PROGRESS = Gauge("http_requests_in_progress", "Requests in the application.", multiprocess_mode="livesum")
BUSY = Gauge("http_workers_busy", "Worker processes with a request.", multiprocess_mode="livesum")


def loop_lag() -> Callable[[float], object]:
    """Only where there is a loop, as a metric without labels is there once it is defined."""
    return Histogram("event_loop_lag_seconds", "How late a timer of 50 ms was.").observe


class InProgress:
    """Requests in this process: several threads begin and end them."""

    def __init__(self) -> None:
        self._count, self._lock = 0, threading.Lock()

    def add(self, number: int) -> None:
        with self._lock:
            self._count += number
            IN_PROGRESS.set(self._count)
            BUSY.set(min(self._count, 1))


_in_progress = InProgress()


class Request:
    """One request, from the application's call to its end."""

    __slots__ = ("_began", "_method", "_route", "status")

    def __init__(self, method: str, path: str) -> None:
        """`path` is that below the mount."""
        path = path.removeprefix(LAB_PREFIX)
        self._method = method if method in METHODS else OTHER
        self._route = path if path in ROUTES or BROKEN == "paths" else OTHER
        self.status = "500"  # until it is known: what a server sends for an application that fails
        _in_progress.add(1)
        self._began = time.perf_counter()

    def end(self, queued_ms: float | None) -> None:
        DURATION.labels(self._method, self._route).observe(time.perf_counter() - self._began)
        REQUESTS.labels(self._method, self._route, self.status).inc()
        if queued_ms is not None:
            QUEUED.observe(queued_ms / 1000)
        _in_progress.add(-1)


class Workers:
    """What is known of a contender as a whole: computed when it is scraped."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        yield GaugeMetricFamily("http_workers", "Worker processes that serve.", len(ready_pids()))
        yield GaugeMetricFamily("metrics_files", "Files that worker processes share.", files.count() or 0)


def scrape() -> bytes:
    """The metrics of all processes, those that have ended included; of this one alone in memory."""
    if not FOLDER:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    registry.register(Workers())
    with files.locked():
        files.merge_ended()
        return generate_latest(registry)


if FOLDER:
    with files.locked():
        files.merge_ended()  # a worker that is new may have followed one that has ended
else:
    REGISTRY.register(Workers())
