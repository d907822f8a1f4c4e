"""What a contender that is observed has counted, beside what a race sent it."""

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest

from bench.loadgen.burst import numbered
from bench.notices import Counted
from bench.target import counted, lab
from bench.target.counted import Counting
from bench.target.replicas import NoAnswer

SCRAPE = """# HELP http_requests_total Responses, by status.
# TYPE http_requests_total counter
http_requests_total{{method="GET",route="/hello",status="200"}} {hello}
http_requests_total{{method="GET",route="/hello",status="405",pid="7"}} 3.0
http_requests_total{{method="GET",route="/healthz",status="200"}} {probes}
http_request_duration_seconds_count{{method="GET",route="/hello"}} 9.0
"""


def race(monkeypatch: pytest.MonkeyPatch, after: Iterator[int], sent: int) -> Counted | None:
    """Of so many requests, between which a health check came: `after` is what each scrape has of them."""
    probes = count(5)

    def metrics(_: str) -> tuple[list[str], int]:
        return SCRAPE.format(hello=float(next(after)), probes=float(next(probes))).splitlines(), 6

    monkeypatch.setattr(lab, "metrics", metrics)
    monkeypatch.setattr(counted, "INTERVAL", 0.001)

    async def run() -> Counted | None:
        return await (await Counting.begin("a")).end(sent)

    return asyncio.run(run())


def test_what_was_counted_is_read_until_it_is_all_and_without_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "observed_with", lambda _: {"prometheus"})
    found = race(monkeypatch, iter([100, 290, 299, 300]), 200)
    assert found is not None
    assert (found.requests, found.series, found.files) == (200, 4, 6), found
    assert found.text == "a counted 200 of 200 requests: 4 series in 6 files."
    short = race(monkeypatch, count(100, 0), 200)
    assert short is not None
    assert short.requests == 0, short


def test_one_that_is_not_observed_or_does_not_answer_has_counted_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "observed_with", lambda _: set())
    assert race(monkeypatch, iter([]), 200) is None

    def gone(_: str) -> set[str]:
        raise NoAnswer("a is unreachable")

    monkeypatch.setattr(lab, "observed_with", gone)
    assert race(monkeypatch, iter([]), 200) is None


def test_spans_are_those_that_the_sink_got_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    spans = iter([7, 7, 206, 211])
    monkeypatch.setattr(lab, "observed_with", lambda _: {"otel"})
    monkeypatch.setattr(lab, "spans", lambda _: next(spans))
    found = race(monkeypatch, iter([]), 200)
    assert found is not None
    assert (found.requests, found.spans) == (None, 204), "read until there is one of each request"
    assert found.text == "The sink got 204 spans of a, which was sent 200 requests."


def test_each_request_of_a_race_has_its_number_in_the_path_and_nowhere_else() -> None:
    payload = b"POST /wp/{n}.php HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n{n}"
    assert numbered(payload, 7) == payload.replace(b"/wp/{n}", b"/wp/7")
    assert numbered(plain := b"GET / HTTP/1.1\r\n\r\n{n}", 7) is plain
