"""What an observed application counts, under both interfaces; and what becomes of the files of processes that ended."""

import asgi.app
import wsgi.app
from contender.observe import metrics


def test_every_route_has_a_series_of_its_own() -> None:
    for codebase in (wsgi.app.ROUTES, asgi.app.ROUTES):
        wanted = {route for route in codebase if not route.startswith(("/internal/", "ws:"))}
        assert wanted == metrics.ROUTES, f"contender/observe/metrics.py: ROUTES: {metrics.ROUTES ^ wanted}"
