"""Timeouts nest, from the longest wait of a workload to the engine's kill."""

import runpy

import pytest

from contender.workload import WORKLOADS, Parameter
from tests.contract import project
from tests.contract.nginx_config import Directive
from tests.contract.project import ROOT, Contender, Spec, seconds

GUNICORN_CONF, UPSTREAMS = "services/contender/gunicorn.conf.py", "nginx/conf.d/upstreams.conf"


@pytest.fixture(scope="module")
def gunicorn() -> dict[str, float]:
    return runpy.run_path(str(ROOT / GUNICORN_CONF))


def longest_wait() -> float:
    """Seconds of the longest request that waits once for each of its parameters in milliseconds.

    /fanout, /stream, /sse and /db wait as often as requested: no timeout could be above that.
    """
    waits = (
        [each.high for each in parameters if isinstance(each, Parameter) and each.name.endswith("ms")]
        for parameters in WORKLOADS.values()
    )
    return max(sum(each) for each in waits) / 1000


def idle(upstream: Directive) -> float:
    """Seconds that nginx keeps an idle connection to a contender; `keepalive 0` keeps none."""
    # Default 60 s: https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout
    return 0 if upstream.value("keepalive") == "0" else seconds(upstream.value("keepalive_timeout", "60s"))


def test_a_shutdown_waits_for_requests_the_engine_for_it_and_nginx_closes_first(
    contenders: list[Contender], services: dict[str, Spec], nginx: Directive, gunicorn: dict[str, float]
) -> None:
    for row in contenders:
        name, environment = row["name"], services[row["name"]]["environment"]
        match row["server"]:
            case "gunicorn":
                graceful, keep_alive = gunicorn["graceful_timeout"], gunicorn["keepalive"]
            case "hypercorn":
                graceful, keep_alive = (
                    project.hypercorn()["graceful_timeout"],
                    project.hypercorn()["keep_alive_timeout"],
                )
            case "granian":
                graceful = seconds(environment["GRANIAN_WORKERS_KILL_TIMEOUT"])
                keep_alive = environment["GRANIAN_HTTP1_HEADER_READ_TIMEOUT"] / 1000
            case _:
                graceful = seconds(environment["UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN"])
                keep_alive = seconds(environment["UVICORN_TIMEOUT_KEEP_ALIVE"])
        grace = seconds(services[name].get("stop_grace_period", "10s"))
        assert longest_wait() < graceful < grace, (
            f"{name}: wanted the longest wait of a workload ({longest_wait()} s) below the server's graceful time-out"
            f" ({graceful} s), and that below stop_grace_period ({grace} s)"
        )
        (upstream,) = (each for each in nginx.all("upstream") if each.arguments == (name,))
        assert idle(upstream) < keep_alive, (
            f"{UPSTREAMS}: nginx keeps an idle connection to {name} for {idle(upstream)} s, and its server closes it"
            f" after {keep_alive} s"
        )


def test_gunicorn_kills_no_worker_that_streams(gunicorn: dict[str, float]) -> None:
    """A sync worker is silent while it streams, and /stream may take hours."""
    assert gunicorn["timeout"] == 0, f"{GUNICORN_CONF}: timeout {gunicorn['timeout']} s ends a longer /stream of sync"


def test_nginx_waits_for_the_longest_answer(nginx: Directive) -> None:
    """Where it can do no better, a contender makes the calls of a /fanout one after the other."""
    calls, ms = (each for each in WORKLOADS["fanout"] if isinstance(each, Parameter))
    patience, longest = (
        seconds(nginx.value("proxy_read_timeout", "60s")),
        max(calls.high * ms.high / 1000, longest_wait()),
    )
    assert patience > longest, f"{UPSTREAMS}: proxy_read_timeout {patience} s cuts off an answer that takes {longest} s"
