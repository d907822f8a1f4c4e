"""What a point costs: of all replicas of a contender, and what programs outside the lab have used.

The machine and the contender are stand-ins: no test can have them use what it likes.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bench.loadgen import Load
from bench.target import lab, machine
from bench.target.cost import Cost
from bench.target.replicas import NoAnswer
from bench.target.usage import Usage
from contender.usage import usage
from experiments.registry import EXPERIMENTS

BEFORE = Usage(cpu_seconds=10.0, memory_mb=50.0, workers=2, processes=frozenset({("a", 7), ("a", 8)}))
SPENT = 2.0  # seconds of CPU time
AFTER = replace(BEFORE, cpu_seconds=BEFORE.cpu_seconds + SPENT, memory_mb=60.0)
SECONDS = 10.0


def spent(monkeypatch: pytest.MonkeyPatch, after: Usage | None, busy: float = SPENT, before: Usage = BEFORE) -> Cost:
    """All processes of the machine use `busy` seconds of CPU time in these ten."""
    usages: Iterator[Usage | None] = iter([before, after])
    moments = iter([machine.Busy(0.0, 0.0), machine.Busy(SECONDS, busy)])

    def usage_then(contender: str) -> Usage:
        found = next(usages)
        if found is None:
            raise NoAnswer(contender)
        return found

    monkeypatch.setattr(lab, "usage", usage_then)
    monkeypatch.setattr(machine.Busy, "now", lambda: next(moments))
    cost = Cost("sync")
    cost.load_ended()
    cost.end()
    return cost


def foreign(seconds: float) -> object:
    return pytest.approx(100 * seconds / (SECONDS * machine.CORES), abs=0.1)  # this process has its share of them


def test_a_request_costs_what_the_contender_used_for_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    cost = spent(monkeypatch, AFTER)
    assert (cost.cpu_seconds, cost.memory_mb, cost.process_lost) == (SPENT, 60.0, False)
    assert cost.per_request_us(Load(completed=1000)) == 2000
    assert cost.per_request_us(Load()) is None


def test_what_the_lab_does_not_explain_is_foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    assert spent(monkeypatch, AFTER).foreign_pct(0) == foreign(0)
    assert spent(monkeypatch, AFTER, busy=SPENT + 3).foreign_pct(0) == foreign(3)
    assert spent(monkeypatch, AFTER, busy=SPENT + 3).foreign_pct(beside=1) == foreign(2)


def test_of_a_process_that_has_gone_nobody_knows_what_it_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its successor has used more since: the sum alone would not tell."""
    replaced = replace(AFTER, processes=frozenset({("a", 7), ("a", 9)}))
    for after in (replaced, None):
        cost = spent(monkeypatch, after, busy=SPENT + 3)
        assert cost.process_lost is (after is not None)
        assert (cost.cpu_seconds, cost.per_request_us(Load(completed=1000))) == (None, None)
        assert cost.foreign_pct(0) == 0, "wanted no guess at what is foreign"


def test_one_that_has_come_is_counted_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = replace(AFTER, processes=AFTER.processes | {("b", 7)})
    assert spent(monkeypatch, grown).cpu_seconds == SPENT


def test_a_worker_without_an_answer_counts_for_fairness(monkeypatch: pytest.MonkeyPatch) -> None:
    cost = spent(monkeypatch, AFTER)
    load = Load()
    load.workers.update({("a", 7): 10})
    assert cost.fairness(load) == 0.5
    load.workers.update({("a", 8): 10})
    assert cost.fairness(load) == 1


def test_replicas_are_asked_each_and_are_fair_though_their_pids_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `--scale gevent=3` every container has processes 7 and 8."""
    hosts = ("a", "b", "c")
    monkeypatch.setattr(lab, "replicas", lambda _: tuple((host, 8000) for host in hosts))
    monkeypatch.setattr(lab, "_request", lambda _contender, address, _path: usage_of(address[0]))
    used = lab.usage("gevent")
    assert used == Usage(30.0, 120.0, 6, frozenset((host, pid) for host in hosts for pid in (7, 8)), 33)
    monkeypatch.setattr(lab, "_request", lambda _contender, address, _path: usage_of(address[0]) | {"sockets": None})
    assert lab.usage("gevent").opened is None, "wanted no figure for sockets that not all replicas count"
    cost = Cost("gevent")
    cost.load_ended()
    cost.end()
    load = Load(workers=Counter({(host, pid): 10 for host in hosts for pid in (7, 8)}))
    assert cost.fairness(load) == 1
    del load.workers["c", 8]
    assert cost.fairness(load) == pytest.approx(5 / 6), "wanted the idle one counted"


def usage_of(host: str) -> dict[str, Any]:
    sockets = usage()["sockets"]
    assert "accepted" in sockets, f"wanted the name that a contender gives it: {sockets}"
    sockets |= {"accepted": 11}
    return {"host": host, "cpu_seconds": 10.0, "memory_mb": 40.0, "workers": 2, "processes": [7, 8], "sockets": sockets}


def test_connections_opened_meanwhile_are_counted_where_the_contender_counts_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert spent(monkeypatch, replace(AFTER, opened=170), before=replace(BEFORE, opened=100)).opened == 70
    assert spent(monkeypatch, replace(AFTER, opened=170)).opened is None


BESIDE: list[tuple[dict[str, str | int], float, float]] = [
    ({"workload": "hello"}, lab.PASSED, 0),
    ({"workload": "stream", "chunks": 4}, 5 * lab.PASSED, 0),
    ({"workload": "fanout", "n": 3}, lab.PASSED + 3 * lab.CALLED, 3 * lab.CALLED),
    ({"workload": "mix", "bytes": 1000}, lab.PASSED + 1000 * lab.COPIED, 0),
]


def test_what_nginx_and_the_slow_upstream_may_use_is_not_foreign() -> None:
    for params, through_nginx, direct in BESIDE:
        read = EXPERIMENTS["sweep"].read({**params})
        assert lab.cpu_seconds_beside(read, direct=False) == pytest.approx(through_nginx), params
        assert lab.cpu_seconds_beside(read, direct=True) == pytest.approx(direct), params
