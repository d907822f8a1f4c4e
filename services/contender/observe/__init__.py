"""What OBSERVE puts around an application: the middleware of prometheus_client and of OpenTelemetry for its interface.

Without it nothing is put around anything, and nothing but this module is imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication

if TYPE_CHECKING:
    from contender.asgi import App

# An application under scripts/try (OWN_FOUND) may have a variable of that name.
ENABLED = frozenset(() if "OWN_FOUND" in os.environ else filter(None, os.environ.get("OBSERVE", "").split(",")))
# What a lesson breaks on purpose: `files` leaves those of processes that ended, `paths` has a label for each path,
# `fork` exports spans from a thread that is started once.
BROKEN = os.environ.get("OBSERVE_BROKEN", "")
_SHARED = "PROMETHEUS_MULTIPROC_DIR"


def _folder() -> str | None:
    """None where one process is all there ever is, or where the variable is empty: metrics are then in its memory.

    prometheus_client looks for the variable, not for its value, when it is imported, which is after this module.
    """
    alone = os.environ.get("WEB_CONCURRENCY") == "1" and "gunicorn" not in sys.modules  # which gets more by a signal
    if alone or not os.environ.get(_SHARED):
        os.environ.pop(_SHARED, None)
    return os.environ.get(_SHARED)


FOLDER = _folder() if "prometheus" in ENABLED else None  # what processes share their metrics in


def observe_wsgi(app: WSGIApplication) -> WSGIApplication:
    if "otel" in ENABLED:
        from contender.observe.tracing import trace_wsgi  # noqa: PLC0415

        app = trace_wsgi(app)
    if "prometheus" in ENABLED:
        from contender.observe.wsgi import count  # noqa: PLC0415

        app = count(app)
    return app


def observe_asgi(app: App) -> App:
    if "otel" in ENABLED:
        from contender.observe.tracing import trace_asgi  # noqa: PLC0415

        app = trace_asgi(app)
    if "prometheus" in ENABLED:
        from contender.observe.asgi import count  # noqa: PLC0415

        app = count(app)
    return app


def trace_headers() -> dict[str, str]:
    """Those of a call to another service, which is then a part of this request's trace."""
    if "otel" not in ENABLED:
        return {}
    from contender.observe.tracing import headers  # noqa: PLC0415

    return headers()


def loop_listener() -> Callable[[float], object] | None:
    """What an event loop's heartbeat reports each beat's lateness to, in seconds (contender/lag.py)."""
    if "prometheus" not in ENABLED:
        return None
    from contender.observe import metrics  # noqa: PLC0415

    return metrics.loop_lag()
