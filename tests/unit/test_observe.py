"""What an observed application counts, under both interfaces; and what becomes of the files of processes that ended."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

import asgi.app
import wsgi.app
from contender.asgi import Message, Receive, Scope, Send
from contender.observe import asgi as observed_asgi
from contender.observe import metrics
from contender.observe import wsgi as observed_wsgi

SERVICES = str(Path(wsgi.app.__file__).parents[1])


def test_every_route_has_a_series_of_its_own() -> None:
    for codebase in (wsgi.app.ROUTES, asgi.app.ROUTES):
        wanted = {route for route in codebase if not route.startswith(("/internal/", "ws:"))}
        assert wanted == metrics.ROUTES, f"contender/observe/metrics.py: ROUTES: {metrics.ROUTES ^ wanted}"


def requests(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0


# --- the middlewares: by what an application does, what is counted -----------------------------------------------


def call_wsgi(path: str, app: Callable[..., Iterable[bytes]]) -> None:
    """As a server does, to the end."""
    body = observed_wsgi.count(app)({"REQUEST_METHOD": "GET", "PATH_INFO": path}, lambda *_: lambda _: None)
    try:
        assert REGISTRY.get_sample_value("http_requests_in_progress") == 1
        list(body)
    finally:
        body.close()  # type: ignore[attr-defined]


def call_asgi(path: str, app: Callable[[Scope, Receive, Send], Any]) -> None:
    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_: Message) -> None:
        assert REGISTRY.get_sample_value("http_requests_in_progress") == 1

    scope = {"type": "http", "method": "GET", "path": f"/mount{path}", "root_path": "/mount"}
    asyncio.run(observed_asgi.count(app)(scope, receive, send))


FAILURE = "the application fails"


def fail(*_: object) -> Any:
    raise ValueError(FAILURE)


def answer_wsgi(_: object, start_response: Any) -> Iterable[bytes]:
    start_response("204 No Content", [])
    yield b""


def fail_wsgi_late(_: object, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    yield b"half"
    fail()


async def answer_asgi(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


async def fail_asgi_late(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200})
    fail()


def test_a_request_is_counted_once_when_it_has_ended_whatever_became_of_it() -> None:
    rows: list[tuple[Callable[..., None], Any, str, str, str, bool]] = [
        (call_wsgi, answer_wsgi, "/hello", "/hello", "204", True),
        (call_wsgi, answer_wsgi, "/.well-known/serverlab/usage", "/usage", "204", True),
        (call_wsgi, answer_wsgi, "/wp-login.php", "other", "204", True),
        (call_wsgi, fail, "/io", "/io", "500", False),
        (call_wsgi, fail_wsgi_late, "/stream", "/stream", "200", False),
        (call_asgi, answer_asgi, "/hello", "/hello", "204", True),
        (call_asgi, answer_asgi, "/wp-login.php", "other", "204", True),
        (call_asgi, fail, "/io", "/io", "500", False),
        (call_asgi, fail_asgi_late, "/sse", "/sse", "200", False),
    ]
    for call, app, path, route, status, succeeds in rows:
        before = requests("GET", route, status)
        if succeeds:
            call(path, app)
        else:
            with pytest.raises(ValueError, match=FAILURE):
                call(path, app)
        name = f"{call.__name__} {getattr(app, '__name__', app)} {path}"
        assert requests("GET", route, status) - before == 1, name
        assert REGISTRY.get_sample_value("http_requests_in_progress") == 0, name
        assert REGISTRY.get_sample_value("http_workers_busy") == 0, name


# --- several processes ------------------------------------------------------------------------------------------

WORKER = """
import os
from contender.observe import metrics
request = metrics.Request("GET", "/hello")
request.status = "200"
request.end(7.0)
metrics.Request("GET", "/io")  # never ends
print(metrics.scrape().decode(), flush=True)
os._exit(9)
"""


def worker(folder: Path, workers: str = "2") -> str:
    """A process that counts one request, leaves another one unfinished, and dies; what it scraped before."""
    variables = {"PYTHONPATH": SERVICES, "OBSERVE": "prometheus", "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", WORKER],
        env=os.environ | variables | {"WEB_CONCURRENCY": workers},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 9, done.stderr
    return done.stdout


def test_what_processes_counted_outlives_them_and_their_files_do_not(tmp_path: Path) -> None:
    for number in range(1, 5):
        scraped = worker(tmp_path)
        wanted = (
            f'http_requests_total{{method="GET",route="/hello",status="200"}} {number}.0',
            f'http_request_duration_seconds_count{{method="GET",route="/hello"}} {number}.0',
            f'http_request_queue_seconds_bucket{{le="0.01"}} {number}.0',
            'http_request_queue_seconds_bucket{le="0.005"} 0.0',
            "http_requests_in_progress 1.0",  # of the living
            f"metrics_files {3 if number == 1 else 5}.0",
        )
        for line in wanted:
            assert line in scraped.splitlines(), f"process {number}: no {line!r} in\n{scraped}"


def test_one_process_that_stays_alone_shares_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        assert 'http_requests_total{method="GET",route="/hello",status="200"} 1.0' in worker(tmp_path, workers="1")
    assert not list(tmp_path.iterdir())
