"""A request is one trace from nginx to the backend, with a span in each; a sink that fails costs no request."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.lab import NAMES, answered, get
from tests.observe.prometheus import until
from tests.observe.sink import fail, sink

CALLS = 3


def test_a_trace_goes_from_the_client_by_nginx_and_the_contender_to_each_call() -> None:
    traces = send(f"/fanout?n={CALLS}&ms=5", 1)
    for name, trace in traces.items():
        until_counted(trace, None, 2 + CALLS)
        by_service = {each["service"]: each for each in servers(trace)}
        assert set(by_service) == {"nginx", name, "backend"}
        assert by_service[name]["parent"] == by_service["nginx"]["span"], name
        parents = {each["parent"] for each in servers(trace) if each["service"] == "backend"}
        assert parents == {by_service[name]["span"]}, name


def test_each_request_has_a_span_of_its_contender() -> None:
    """All to one contender are of one trace here. nginx's are datagrams, some of which may be lost."""
    traces = send("/hello", 50)
    for name, trace in traces.items():
        until_counted(trace, name, 50)
        assert count(trace, "nginx") > 0, name


def send(path: str, requests: int) -> dict[str, str]:
    """So many to each contender, and the trace that they are of."""
    traces = {name: secrets.token_hex(16) for name in NAMES}

    def request(name: str) -> None:
        header = {"traceparent": f"00-{traces[name]}-{secrets.token_hex(8)}-01"}
        answered(get(f"/{name}{path}", headers=header), 200)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(request, NAMES * requests))
    return traces


def servers(trace: str) -> list[dict[str, str]]:
    return [each for each in sink(f"/traces/{trace}")["spans"] if each["kind"] == "server"]


def count(trace: str, service: str | None) -> int:
    return sum(service in (None, each["service"]) for each in servers(trace))


def until_counted(trace: str, service: str | None, wanted: int) -> None:
    """Exporters send every five seconds."""
    until(lambda: count(trace, service) == wanted, lambda: f"{count(trace, service)} spans of {service}, not {wanted}")


@pytest.mark.parametrize("mode", ["slow", "refusing", "gone"])
def test_a_sink_that_fails_costs_no_request(mode: str) -> None:
    try:
        fail(mode)
        send("/hello", 20)
    finally:
        fail("ok")
    for name, trace in send("/hello", 1).items():
        until_counted(trace, name, 1)
