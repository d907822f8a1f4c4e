"""The sink takes what OpenTelemetry's own exporter sends, and fails on purpose."""

from collections.abc import Iterator

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import SpanKind

from sink.receivers import Receiver, parse
from sink.spans import SPANS_PER_TRACE, TRACES, Span, Spans


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver(Spans(), "127.0.0.1", 0)
    yield receiver
    receiver.set("gone")


def span(name: str = "GET /io") -> ReadableSpan:
    tracer = TracerProvider(resource=Resource.create({SERVICE_NAME: "sync"})).get_tracer("tests")
    made = tracer.start_span(name, kind=SpanKind.SERVER)
    made.end()
    assert isinstance(made, ReadableSpan)
    return made


def test_spans_are_counted_and_a_failure_is_the_exporter_s(receiver: Receiver) -> None:
    failed, ok = SpanExportResult.FAILURE, SpanExportResult.SUCCESS
    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{receiver.port}/v1/traces", timeout=0.5)
    for mode, wanted in (("ok", ok), ("refusing", failed), ("ok", ok), ("gone", failed), ("slow", failed), ("ok", ok)):
        receiver.set(mode)
        assert exporter.export([span(), span()]) is wanted, mode
    counted = receiver.spans.counts()["sync"]["server"]
    assert counted >= 6, "what a slow one has taken counts, too"


def test_a_trace_is_kept_with_its_spans_in_order(receiver: Receiver) -> None:
    child = Span("a" * 32, "2" * 16, "1" * 16, "sync", "server", "GET /io", 2.0, 3.0)
    root = parse(
        f'<190>Nov 30 12:00:00 nginx: {{"trace":"{"a" * 32}","span":"{"1" * 16}","parent":"","name":"GET /",'
        '"end":"4.000","seconds":"2.500"}'
    )
    assert root is not None
    assert (root.service, root.start, root.end) == ("nginx", 1.5, 4.0)
    receiver.spans.add([child, root])
    assert [each["span"] for each in receiver.spans.trace("a" * 32)] == ["1" * 16, "2" * 16]
    for line in ("", "no JSON", "nginx: {", 'nginx: {"trace":"x"}', 'nginx: {"end":"-"}'):
        assert parse(line) is None, line


def test_what_is_kept_is_bounded() -> None:
    spans = Spans()
    for number in range(TRACES + 10):
        spans.add(Span(f"{number:032x}", f"{each:016x}", "", "sync", "server", "GET /", 0, 1) for each in range(2))
    spans.add(Span("f" * 32, str(each), "", "sync", "server", "GET /", 0, 1) for each in range(SPANS_PER_TRACE + 5))
    assert not spans.trace(f"{0:032x}"), "the first is forgotten"
    assert len(spans.trace("f" * 32)) == SPANS_PER_TRACE
    assert spans.counts() == {"sync": {"server": 2 * (TRACES + 10) + SPANS_PER_TRACE + 5}}
