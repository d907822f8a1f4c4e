"""Whether two contenders give the same response to the same request: else a difference in cost means little."""

import json
from collections.abc import Iterable
from typing import Any

from bench.loadgen import Exchange, burst
from bench.target import lab
from bench.target.preflight import PATIENCE
from experiments.schema.params import Params

# Of the identity that the lab's workloads return: which process served the request, when, and which came before.
IDENTITY = (
    *("service", "interface", "server", "server_version", "worker", "python", "host", "pid", "lane"),
    *("request_id", "queued_ms", "started", "finished", "in_flight", "peak_in_flight", "served"),
)
TIMED = ("stream", "sse")  # each line has its time and process: preflight has seen the last one


async def inequality(params: Params, contenders: Iterable[str]) -> str | None:
    """In what the responses of the first and the second differ, as a sentence; None where they do not."""
    patience = PATIENCE + lab.service_seconds(params)
    found = {each: (await burst(lab.request_of(params, each), 1, patience))[0] for each in contenders}
    (one, first), (other, second) = found.items() if len(found) == 2 else [*found.items()] * 2
    if first.status != second.status:
        return f"{one} returned {first.status} and {other} {second.status} to {lab.what(params)}"
    if params.workload in TIMED or comparable(first) == comparable(second):
        return None
    sizes = (len(each.body or b"") for each in (first, second))
    return f"the bodies of {one} and {other} differ in {lab.what(params)} ({' and '.join(map(str, sizes))} bytes)"


def comparable(exchange: Exchange) -> Any:
    """The body; of an identity, the members that should be alike: workload, parameters and payload."""
    body = exchange.body or b""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    if not isinstance(document, dict) or not document.keys() >= {"service", "pid", "request_id"}:
        return body
    return {name: value for name, value in document.items() if name not in IDENTITY}
