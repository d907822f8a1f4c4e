"""Time-outs nest, from the longest wait that a workload can ask for to the engine's kill."""

import runpy
from dataclasses import dataclass

import pytest

from contender.workload import WORKLOADS
from tests.contract.nginx_config import Directive
from tests.contract.project import ROOT, Contender, Spec, seconds

GUNICORN_CONF, UPSTREAMS = "services/wsgi/gunicorn.conf.py", "nginx/conf.d/upstreams.conf"


@dataclass(frozen=True, slots=True)
class Server:
    """A contender's server: how long it lets a request end and an idle connection live (seconds), and who says so."""

    graceful: float
    keep_alive: float
    file: str


@pytest.fixture(scope="session")
def gunicorn() -> dict[str, float]:
    return runpy.run_path(str(ROOT / GUNICORN_CONF))


@pytest.fixture
def server(contender: Contender, spec: Spec, gunicorn: dict[str, float]) -> Server:
    if contender["server"] == "gunicorn":
        return Server(gunicorn["graceful_timeout"], gunicorn["keepalive"], GUNICORN_CONF)
    environment = spec["environment"]
    graceful, keep_alive = (environment.get(f"UVICORN_TIMEOUT_{key}", 0) for key in ("GRACEFUL_SHUTDOWN", "KEEP_ALIVE"))
    return Server(seconds(graceful), seconds(keep_alive), "compose.yaml")


def longest_wait() -> float:
    """Seconds of the longest request that waits once for each of its parameters in milliseconds.

    /fanout, /stream and /sse wait as often as they are asked to: no time-out could be above that.
    """
    waits = ([each.high for each in parameters if each.name.endswith("ms")] for parameters in WORKLOADS.values())
    return max(sum(each) for each in waits) / 1000


def idle(upstream: Directive) -> float:
    """Seconds that nginx keeps an idle connection to a contender; `keepalive 0` keeps none."""
    # Default 60 s: https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout
    return 0 if upstream.value("keepalive") == "0" else seconds(upstream.value("keepalive_timeout", "60s"))


def test_a_shutdown_waits_for_the_longest_wait(contender: Contender, server: Server) -> None:
    assert server.graceful > longest_wait(), (
        f"{server.file}: the graceful time-out of {contender['name']}, {server.graceful} s, cuts off a wait of"
        f" {longest_wait()} s, which WORKLOADS in services/contender/workload.py allows"
    )


def test_the_engine_waits_for_a_shutdown(contender: Contender, spec: Spec, server: Server) -> None:
    grace = seconds(spec.get("stop_grace_period", "10s"))
    assert grace > server.graceful, (
        f"compose.yaml: stop_grace_period of {contender['name']}, {grace} s, is not above its graceful time-out of"
        f" {server.graceful} s in {server.file}"
    )


def test_nginx_closes_idle_connections_first(contender: Contender, upstream: Directive, server: Server) -> None:
    assert server.keep_alive > idle(upstream), (
        f"{UPSTREAMS}: nginx keeps an idle connection to {contender['name']} for {idle(upstream)} s, and its server"
        f" closes it after {server.keep_alive} s ({server.file})"
    )


def test_gunicorn_kills_no_worker_that_streams(gunicorn: dict[str, float]) -> None:
    """A sync worker is silent while it streams, and /stream may take hours."""
    assert gunicorn["timeout"] == 0, f"{GUNICORN_CONF}: timeout {gunicorn['timeout']} s ends a longer /stream of sync"


def test_nginx_waits_for_the_longest_fanout(nginx: Directive) -> None:
    """Where it can do no better, a contender calls one after the other."""
    calls, ms = WORKLOADS["fanout"]
    patience, takes = seconds(nginx.value("proxy_read_timeout", "60s")), calls.high * ms.high / 1000
    assert patience > takes, f"{UPSTREAMS}: proxy_read_timeout {patience} s cuts off a /fanout of {takes} s"


def test_nginx_waits_for_the_longest_wait(nginx: Directive) -> None:
    patience = seconds(nginx.value("proxy_read_timeout", "60s"))
    assert patience > longest_wait(), (
        f"{UPSTREAMS}: proxy_read_timeout {patience} s cuts off a wait of {longest_wait()} s, which WORKLOADS in"
        " services/contender/workload.py allows"
    )
