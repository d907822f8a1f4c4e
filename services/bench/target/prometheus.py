"""The p99 that a contender reports of itself (OBSERVE=prometheus): from Prometheus, which nginx lets everybody read."""

import asyncio
import json
import math
import time
from typing import Any
from urllib.parse import urlencode

from bench.target import lab
from bench.target.replicas import NoAnswer, fetch

API = "/prometheus/api/v1/query"
SCRAPE = 5.0  # seconds from one scrape to the next: services/prometheus/prometheus.yml
PATIENCE = 15.0  # seconds for a scrape of all replicas: it is due within 5, may take 4, and may fail once
LOOK = 0.5  # seconds between looks


async def own_p99_ms(contender: str, route: str, since: float) -> float | None:
    """Of the requests that have ended since that moment of the host's clock, interpolated in the histogram's buckets.

    Raises NoAnswer where Prometheus is down, or has not scraped all replicas in time. None of no request.
    """
    scraped = await _next_scrape(contender)
    buckets = f'http_request_duration_seconds_bucket{{contender="{contender}", route="{route}"}}'
    before = f"sum by (le) ({buckets} @ {since:.3f}) or 0 * sum by (le) ({buckets})"  # the first is new to Prometheus
    found = _query(f"1000 * histogram_quantile(0.99, sum by (le) ({buckets}) - ({before}))", scraped)
    return None if found is None or not math.isfinite(found) or found < 0 else round(found, 3)


async def _next_scrape(contender: str) -> float:
    """Its moment; what has ended by now is in it."""
    now, end = time.time(), time.monotonic() + PATIENCE
    of = f'{{job="contenders", contender="{contender}"}}'
    while True:
        scraped = _query(f"min(timestamp(up{of}) * up{of})")  # of one that could not be scraped, 0
        if scraped is not None and scraped > now:
            return scraped
        if time.monotonic() > end:
            raise NoAnswer(f"Prometheus has not scraped {contender} within {PATIENCE:g} s")
        await asyncio.sleep(LOOK)


def _query(expression: str, at: float | None = None) -> float | None:
    """The one value that it has. Raises NoAnswer."""
    moment = {} if at is None else {"time": f"{at:.3f}"}
    response, body = fetch("nginx", lab.edge()[0], f"{API}?{urlencode({'query': expression} | moment)}")
    if response.status != 200:
        raise NoAnswer(f"Prometheus returned {response.status}: docker compose up -d prometheus")
    found: list[Any] = json.loads(body)["data"]["result"]
    return float(found[0]["value"][1]) if found else None
