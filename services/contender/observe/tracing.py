"""OpenTelemetry around an application: the middleware of its interface with its defaults, and spans sent in batches.

All of it is set by OpenTelemetry's own variables: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER,
OTEL_TRACES_SAMPLER_ARG, OTEL_BSP_SCHEDULE_DELAY. Spans only, no metrics: those are Prometheus' here.
"""

import os
from typing import Literal
from wsgiref.types import WSGIApplication

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware as ASGIMiddleware
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware as WSGIMiddleware
from opentelemetry.propagate import inject
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from contender.asgi import App

# The ASGI middleware has a span for each message, too: of a plain response three in all.
MESSAGES: list[Literal["receive", "send"]] | None = (
    ["receive", "send"] if os.environ.get("OBSERVE_SPANS") == "server" else None
)


def trace_wsgi(app: WSGIApplication) -> WSGIApplication:
    traced: WSGIApplication = WSGIMiddleware(app, tracer_provider=_provider())
    return traced


def trace_asgi(app: App) -> App:
    traced: App = ASGIMiddleware(app, tracer_provider=_provider(), exclude_spans=MESSAGES)
    return traced


def _provider() -> TracerProvider:
    """Of the process that imports the application: a worker, which exports from a thread of its own."""
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: os.environ.get("SERVICE", "unknown")}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def headers() -> dict[str, str]:
    """What makes a call to another service a part of the trace of this request."""
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier
