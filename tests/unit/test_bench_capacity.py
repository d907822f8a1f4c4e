"""When a trial of a search for capacity has kept the promise: latency, errors, and a line that does not grow."""

from typing import Any

import pytest

from bench.scenarios.load import BEHIND, keeps
from experiments.registry import Capacity
from experiments.samples import PointSample
from tests.unit.bench_rows import nothing_answered, point_row

PROMISE = Capacity(workload="io", direct=False, p99_ms=250, max_errors=0.001)
KEPT: dict[str, Any] = {"seconds": 5.0, "requests": 1000, "rps": 200.0, "p99_ms": 100.0}


@pytest.mark.parametrize(
    ("case", "kept"),
    [
        ({}, True),
        ({"p99_ms": 250.0}, True),
        ({"p99_ms": 250.1}, False),
        ({"requests": 999, "errors": 1}, True),
        ({"requests": 998, "errors": 2}, False),
        ({"requests": 998, "timeouts": 2}, False),
        ({"rps": 200.0 * (1 - BEHIND)}, True),
        ({"rps": 200.0 * (1 - BEHIND) - 0.2}, False),  # one more of them came after the window
        ({"requests": 10, "rps": 9 / 5}, True),  # one alone is chance
        ({"requests": 10, "rps": 8 / 5}, False),
    ],
    ids=str,
)
def test_a_promise_is_kept_up_to_each_bound_and_not_beyond(case: dict[str, Any], kept: bool) -> None:
    assert keeps(PROMISE, PointSample(**point_row(200, **KEPT | case))) is kept


def test_what_was_never_answered_keeps_no_promise() -> None:
    assert not keeps(PROMISE, PointSample(**nothing_answered(200)))
    assert not keeps(PROMISE, PointSample(**nothing_answered(200, errors=0, timeouts=0)))
