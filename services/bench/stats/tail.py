"""By which figure slow responses are compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Supported(Protocol):
    """A summary of latencies: `too_few_for` are the percentiles that its responses do not support."""

    @property
    def too_few_for(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Tail:
    """A figure: one for all that is compared, and named."""

    name: str
    field: str


P99, MAXIMUM = Tail("p99", "p99_ms"), Tail("maximum", "max_ms")


def tail(compared: Iterable[Supported]) -> Tail:
    """The p99; where one of them has too few responses for it, the maximum, which each has."""
    return MAXIMUM if any(P99.field in each.too_few_for for each in compared) else P99
