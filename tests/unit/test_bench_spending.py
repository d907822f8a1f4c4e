"""What a point costs: of a contender that says it, and what of the machine is nobody's in the lab.

The machine and the contender are stand-ins: no test can have them use what it likes.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench.loadgen import Load
from bench.target import lab, machine
from bench.target.cost import Spending
from bench.target.lab import Usage
from experiments.registry import EXPERIMENTS

BEFORE = Usage(cpu_seconds=10.0, memory_mb=50.0, workers=2, processes=frozenset({("a", 7), ("a", 8)}))
SPENT = 2.0  # seconds of CPU time
AFTER = replace(BEFORE, cpu_seconds=BEFORE.cpu_seconds + SPENT, memory_mb=60.0)
SECONDS = 10.0


def spent(monkeypatch: pytest.MonkeyPatch, after: Usage | None, busy: float = SPENT) -> Spending:
    """All processes of the machine use `busy` seconds of CPU time in these ten."""
    told: Iterator[Usage | None] = iter([BEFORE, after])
    moments = iter([machine.Busy(0.0, 0.0), machine.Busy(SECONDS, busy)])

    def usage(contender: str) -> Usage:
        found = next(told)
        if found is None:
            raise lab.Silent(contender)
        return found

    monkeypatch.setattr(lab, "usage", usage)
    monkeypatch.setattr(machine.Busy, "now", lambda: next(moments))
    spending = Spending("sync")
    spending.loaded()
    spending.end()
    return spending


def foreign(seconds: float) -> object:
    return pytest.approx(100 * seconds / (SECONDS * machine.CORES), abs=0.1)  # this process has its share of them


def test_a_request_costs_what_the_contender_used_for_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    spending = spent(monkeypatch, AFTER)
    assert (spending.cpu_seconds, spending.memory_mb, spending.ended) == (SPENT, 60.0, False)
    assert spending.per_request_us(Load(completed=1000)) == 2000
    assert spending.per_request_us(Load()) is None


def test_what_the_lab_does_not_explain_is_foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    assert spent(monkeypatch, AFTER).foreign_pct(0) == foreign(0)
    assert spent(monkeypatch, AFTER, busy=SPENT + 3).foreign_pct(0) == foreign(3)
    assert spent(monkeypatch, AFTER, busy=SPENT + 3).foreign_pct(elsewhere=1) == foreign(2)


def test_of_a_process_that_has_gone_nobody_knows_what_it_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its successor has used more since: the sum alone would not tell."""
    replaced = replace(AFTER, processes=frozenset({("a", 7), ("a", 9)}))
    for after in (replaced, None):
        spending = spent(monkeypatch, after, busy=SPENT + 3)
        assert spending.ended is (after is not None)
        assert (spending.cpu_seconds, spending.per_request_us(Load(completed=1000))) == (None, None)
        assert spending.foreign_pct(0) == 0, "wanted no guess at what is foreign"


def test_one_that_has_come_is_counted_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = replace(AFTER, processes=AFTER.processes | {("b", 7)})
    assert spent(monkeypatch, grown).cpu_seconds == SPENT


def test_a_worker_without_an_answer_counts_for_fairness(monkeypatch: pytest.MonkeyPatch) -> None:
    spending = spent(monkeypatch, AFTER)
    load = Load()
    load.workers["a", 7] = 10
    assert spending.fairness(load) == 0.5
    load.workers["b", 7] = 10  # of another replica
    assert spending.fairness(load) == 1


@pytest.mark.parametrize(
    ("params", "through_nginx", "direct"),
    [
        ({"workload": "hello"}, lab.PASSED, 0),
        ({"workload": "stream", "chunks": 4}, 5 * lab.PASSED, 0),
        ({"workload": "fanout", "n": 3}, lab.PASSED + 3 * lab.CALLED, 3 * lab.CALLED),
        ({"workload": "mix", "bytes": 1000}, lab.PASSED + 1000 * lab.COPIED, 0),
    ],
)
def test_what_nginx_and_the_slow_upstream_may_use_is_not_foreign(
    params: dict[str, str | int], through_nginx: float, direct: float
) -> None:
    read = EXPERIMENTS["sweep"].read({**params})
    assert lab.elsewhere(read, direct=False) == pytest.approx(through_nginx)
    assert lab.elsewhere(read, direct=True) == pytest.approx(direct)
