"""A page over each protocol: a client's requests to one contender, and when all of them were answered."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.notices import Notice
from bench.stats.served import at_once
from experiments.waterfall import WaterfallSample


@dataclass(frozen=True, slots=True)
class PageSummary:
    """A page: all requests of one client to one contender by one protocol."""

    contender: str
    protocol: str
    answered: int
    errors: int
    connections: int
    last_ms: float | None  # from the first request to the last answer
    at_once: int  # the most that the contender was working on at any moment


def summarise_pages(rows: Sequence[WaterfallSample]) -> list[PageSummary]:
    grouped: dict[tuple[str, str], list[WaterfallSample]] = defaultdict(list)
    for row in rows:
        grouped[row.contender, row.protocol].append(row)
    return [_summary(*key, own) for key, own in grouped.items()]


def _summary(contender: str, protocol: str, rows: list[WaterfallSample]) -> PageSummary:
    right = [row for row in rows if row.error is None]
    begun = min(row.sent for row in rows)
    last = max((1000 * (row.received - begun) for row in right if row.received is not None), default=None)
    connections = len({row.connection for row in rows})
    return PageSummary(contender, protocol, len(right), len(rows) - len(right), connections, last, at_once(right))


def summarise(rows: Sequence[WaterfallSample], _notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """A line a page, as JSON."""
    return [asdict(each) for each in summarise_pages(rows)]
