"""An exporter as many have written one for their metrics or spans: a queue, and a thread that is started with it.

A fork copies the queue, and of the threads only the one that forks: in a worker of an application that was imported
before, nothing takes spans out. OpenTelemetry's own processor starts its thread again in each child
(`os.register_at_fork`).
"""

import queue
import threading
from contextlib import suppress

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter

LARGEST = 2048  # spans that wait; more are dropped, as OpenTelemetry does


class OneThread(SpanProcessor):
    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._spans: queue.Queue[ReadableSpan] = queue.Queue(LARGEST)
        threading.Thread(target=self._export, daemon=True).start()

    def on_end(self, span: ReadableSpan) -> None:
        with suppress(queue.Full):
            self._spans.put_nowait(span)

    def _export(self) -> None:
        while True:
            self._exporter.export([self._spans.get()])
