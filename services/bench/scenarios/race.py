"""race: the same requests to every contender at one moment, and who served which of them, when."""

import json
from typing import Any

from bench.loadgen import Exchange, burst, epoch
from bench.scenarios.report import Report
from bench.scenarios.verdict import judged
from bench.stats import Doubt, apart
from bench.target import lab
from bench.target.drain import at_rest
from experiments.registry import Race, query
from experiments.samples import RaceSample

TIMEOUT = 65.0  # seconds; nginx gives up after 60, and its answer is worth more than our impatience


async def race(params: Race, contenders: list[str], report: Report) -> None:
    found: list[Doubt] = []
    for turn, contender in enumerate(contenders):
        report.turn(contender, turn, len(contenders), _guess(params))
        found += await at_rest(contender, direct=params.direct)
        request = lab.request(contender, params.workload, dict(query(params)), direct=params.direct)
        telling = Telling(contender, report)
        rows = await burst(request, params.requests, TIMEOUT, telling, telling.sent)
        found += _apart(contender, rows)
    judged(found, report)


def _apart(contender: str, rows: list[Exchange]) -> list[Doubt]:
    sent = [1000 * row.sent for row in rows if row.sent is not None]
    took = [1000 * (row.received - row.sent) for row in rows if row.sent is not None and row.received is not None]
    doubt = apart(sent, took)
    return [] if doubt is None else [doubt.of(contender)]


def _guess(params: Race) -> float:
    """Seconds; of a server that serves two at a time."""
    return params.requests / 2 * lab.takes(params)


class Telling:
    """Tells when the requests are sent, and of each when it ends: one that finds no connection ends before."""

    def __init__(self, contender: str, report: Report) -> None:
        self._contender, self._report = contender, report
        self._told = False

    def sent(self, due: float) -> None:
        if not self._told:
            self._told = True
            self._report.notice("contender", contender=self._contender, at=epoch(due))

    def __call__(self, exchange: Exchange) -> None:
        self.sent(exchange.due)
        self._report.sample(sample(self._contender, exchange))


def sample(contender: str, exchange: Exchange) -> RaceSample:
    """The client's times with what the answer says of who served it."""
    told = _identity(exchange.body) if exchange.error is None else {}
    return RaceSample(
        contender=contender,
        seq=exchange.connection or 0,  # each has a connection of its own, numbered in the order of sending
        sent=epoch(exchange.sent if exchange.sent is not None else exchange.due),
        status=exchange.status,
        received=None if exchange.received is None else epoch(exchange.received),
        error=exchange.error,
        **{name: told.get(name) for name in ("started", "finished", "pid", "lane", "queued_ms")},
    )


def _identity(body: bytes | None) -> dict[str, Any]:
    try:
        told = json.loads(body or b"")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
