"""A claim of a lesson: whether it shows in the rows of a run, and their figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.notices import Notice

Params = dict[str, Any]
Rows = Sequence[Any]  # those of its experiment
Notices = Sequence[Notice]


@dataclass(frozen=True, slots=True)
class ClaimResult:
    holds: bool
    text: str


Claim = Callable[[Params, Rows, Notices], ClaimResult]
