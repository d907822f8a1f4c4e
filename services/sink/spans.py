"""Spans as they arrive, counted for good and kept for a while."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OTLPSpan

TRACES = 1_000  # the latest; a trace of /fanout has 300 spans at most: 50 calls, with a few spans each
SPANS_PER_TRACE = 500


@dataclass(frozen=True, slots=True)
class Span:
    """Times are seconds since the epoch; `parent` is empty at the root."""

    trace: str
    span: str
    parent: str
    service: str
    kind: str
    name: str
    start: float
    end: float


def decode(body: bytes) -> list[Span]:
    """Of an OTLP request. Raises google.protobuf.message.DecodeError."""
    request = ExportTraceServiceRequest.FromString(body)
    return [
        Span(
            trace=each.trace_id.hex(),
            span=each.span_id.hex(),
            parent=each.parent_span_id.hex(),
            service=_service(resource.resource.attributes),
            kind=OTLPSpan.SpanKind.Name(each.kind).removeprefix("SPAN_KIND_").lower(),
            name=each.name,
            start=each.start_time_unix_nano / 1e9,
            end=each.end_time_unix_nano / 1e9,
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for each in scope.spans
    ]


def _service(attributes: Iterable[Any]) -> str:
    return next((each.value.string_value for each in attributes if each.key == "service.name"), "unknown")


class Spans:
    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._traces: OrderedDict[str, list[Span]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, spans: Iterable[Span]) -> None:
        with self._lock:
            for each in spans:
                self._counts[each.service, each.kind] += 1
                kept = self._traces.setdefault(each.trace, [])
                if len(kept) < SPANS_PER_TRACE:
                    kept.append(each)
            while len(self._traces) > TRACES:
                self._traces.popitem(last=False)

    def counts(self) -> dict[str, dict[str, int]]:
        """By service and kind (server, internal): all since the start."""
        with self._lock:
            found: dict[str, dict[str, int]] = {}
            for (service, kind), number in self._counts.items():
                found.setdefault(service, {})[kind] = number
        return found

    def trace(self, trace_id: str) -> list[dict[str, Any]]:
        """Its spans, the earliest first; empty where it is unknown, or forgotten."""
        with self._lock:
            return [asdict(each) for each in sorted(self._traces.get(trace_id, []), key=lambda each: each.start)]
