"""advise and workers against a lab of formulas: how few points they need, and what they make of them."""

import asyncio
from typing import Any

import pytest

from bench.experiments import advise, workers
from bench.scenarios import trials
from bench.scenarios.point import Measured, Point
from bench.scenarios.report import Report
from bench.stats.knee import on_frontier
from bench.stats.theory import Model, Work
from bench.target.usage import Usage
from experiments.advise import AdviceSample, Advise
from experiments.workers import Workers, WorkersSample
from tests.unit.bench_rows import point_row, workers_row

CARRIES = {"sync": 20.0, "gevent": 400.0, "uvicorn": 400.0}  # requests a second, each worker of sync, all of the others
MOST = 120.0  # seconds for a whole run


class Formulas:
    """Contenders that carry what CARRIES says, on a clock that moves by as much as measuring takes."""

    def __init__(self) -> None:
        self.now, self.counts, self.points = 0.0, dict.fromkeys(CARRIES, 2), list[Point]()

    def change(self, contender: str, count: int) -> None:
        self.now, self.counts[contender] = self.now + 1, count

    async def calibrated(self, contender: str, _params: Any) -> tuple[Work, Model]:
        self.now += 3
        return Work(50, 0, 1), Model("process" if contender == "sync" else "loop", cores=2, beside_ms=4)

    async def measure(self, point: Point, _loading: Any, seconds: float) -> Measured:
        self.now += seconds + 1.5
        self.points.append(point)
        most = CARRIES[point.contender] * (self.counts[point.contender] if point.contender == "sync" else 1)
        requests, p99 = int(point.point * seconds), 80.0 if point.point <= most else 900.0
        figures = {"requests": requests, "rps": point.point, "seconds": seconds, "p99_ms": p99}
        return Measured(point_row(point.point, point.repeat, contender=point.contender, **figures), [])

    def usage(self, _contender: str) -> Usage:
        return Usage(0, 40.0, 2, frozenset())


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Formulas:
    formulas = Formulas()

    async def prepare(*_: Any) -> None:
        pass

    for module in (trials, workers):
        monkeypatch.setattr(module, "calibrate", formulas.calibrated)
        monkeypatch.setattr(module.Points, "prepare", prepare)
        monkeypatch.setattr(module.Points, "measure", lambda _, *point: formulas.measure(*point))
    monkeypatch.setattr("bench.target.worker_count.change", formulas.change)
    monkeypatch.setattr("bench.target.lab.usage", formulas.usage)
    for module in (trials, workers):
        monkeypatch.setattr(module, "now", lambda: formulas.now)
    return formulas


def test_advise_measures_each_contender_three_times_in_turns_within_two_minutes(lab: Formulas) -> None:
    report = Report(lambda _: None)
    params = Advise(workload="hello", rate=100, p99_ms=500, direct=True, memory_mb=None)
    asyncio.run(advise.run(params, list(CARRIES), report))
    assert lab.now <= MOST, f"took {lab.now:.0f} s"
    at_rate = [point.contender for point in lab.points if point.point == 100]
    turns = [at_rate[place : place + 3] for place in (0, 3, 6)]
    assert all(sorted(turn) == sorted(CARRIES) for turn in turns), f"wanted all three in each turn, got {turns}"
    rows = {(row.contender, row.workers): row for row in report.rows if isinstance(row, AdviceSample)}
    for key in (("sync", 9), ("gevent", 2), ("uvicorn", 2)):
        row = rows[key]
        assert (row.kept, row.kept_more, row.repeats, row.repeats_kept) == (True, True, 3, 3), row
        assert row.responses is not None
        assert row.responses >= 1000, f"wanted enough for a p99: {row}"
    assert rows["uvicorn", 1].repeats == 1, "wanted one worker measured, for what it would carry"


def test_workers_ends_where_more_of_them_gain_nothing_within_two_minutes(lab: Formulas) -> None:
    report = Report(lambda _: None)
    params = Workers(workload="hello", counts=[1, 2, 4, 8], p99_ms=250, direct=True)
    asyncio.run(workers.run(params, ["sync", "uvicorn"], report))
    assert lab.now <= MOST, f"took {lab.now:.0f} s"
    rows = [row for row in report.rows if isinstance(row, WorkersSample)]
    for row in rows:
        if row.contender == "sync":
            assert row.rate is not None, row
            assert 0.85 < row.rate / (20 * row.workers) <= 1, row
        else:
            assert (row.rate is None) is (row.workers > 4), row
    assert "2 and 4 workers carry no more than 1" in (rows[-1].error or ""), rows[-1]


def test_workers_says_which_carries_most_and_ties_what_its_search_cannot_tell_apart() -> None:
    one = workers_row("gevent", 1, rate=2400.0, failed_rate=2600.0, memory_mb=44.0)
    rows = [
        one,
        workers_row("gevent", 2, rate=2300.0, failed_rate=2500.0, memory_mb=65.0),
        workers_row("uvicorn", 2, rate=2450.0, failed_rate=2700.0, memory_mb=79.0),
        workers_row("eventlet", 2, rate=2200.0, failed_rate=2460.0, memory_mb=60.0),
        workers_row("sync", 4, rate=77.0, failed_rate=86.0, memory_mb=57.0),
    ]
    first, *_, last = workers.sentences({}, rows, [])
    assert "gevent gains nothing after 1 worker" in first, first
    assert "Run two all the same (2,300, 65 MiB): alone, a worker that restarts" in first, first
    for part in (
        "Most requests a second: gevent with 2 workers, 2,300",
        "cannot tell it from uvicorn with 2 workers (2,450) and eventlet with 2 workers (2,200)",
        "uvicorn takes 79 MiB and eventlet is no longer maintained",
    ):
        assert part in last, f"wanted {part!r} in {last}"
    assert on_frontier(rows) == [one], "no other has as much with less memory"
