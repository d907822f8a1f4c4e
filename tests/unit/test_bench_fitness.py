"""Whether the machine is fit to measure is reported before a run: what disturbs it, and what helps."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.experiments.registry import scenario
from bench.notices import Verdict
from bench.runner import measurement
from bench.scenarios.report import Report
from bench.scenarios.verdict import verdict
from bench.stats.fitness import Machine, findings, notice, sentences
from bench.target import drain, fitness, machine, preflight
from bench.target.machine import Busy
from experiments.race import Race

FIT = Machine(cores=8, foreign=0.02, steal=0.0, governors={"performance"}, separated=True)


def test_each_disturbance_is_named_with_its_remedy_and_shared_cores_are_none() -> None:
    for name, seen, kinds, fit, remedy in (
        ("fit", FIT, [], True, "2%"),
        ("busy", replace(FIT, foreign=0.57), ["foreign-cpu"], False, "57% of all cores (limit 15%): stop them"),
        ("stolen from", replace(FIT, steal=0.08), ["steal"], False, "(steal; limit 5%): measure on dedicated cores"),
        ("scaled", replace(FIT, governors={"powersave"}), ["frequency"], False, "cpupower frequency-set --governor"),
        ("unreadable", replace(FIT, governors=()), [], True, "fit to measure"),
        ("shared", replace(FIT, separated=False), ["shared-cores"], True, "; BENCH_CPUSET and CONTENDER_CPUSET"),
        ("small", replace(FIT, separated=False, cores=2), ["shared-cores"], True, "with 4 cores, BENCH_CPUSET"),
    ):
        found = notice(seen)
        assert ([each.kind for each in findings(seen)], found.fit) == (kinds, fit), name
        assert remedy in " ".join(sentences(found)), f"{name}: {sentences(found)}"


def test_a_look_leaves_out_the_lab_and_tells_steal_from_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitness, "LOOK", 0.0)
    monkeypatch.setattr(machine, "CORES", 2)
    params = Race(workload="hello", requests=1, workers=None, direct=False)
    moments = iter([Busy(0.0, 10.0, 1.0), Busy(1.0, 10.75, 1.25)])
    monkeypatch.setattr(Busy, "now", lambda: next(moments))
    monkeypatch.setattr(fitness, "REQUEST", 0.05)
    seen = asyncio.run(fitness.glance(params, ["sync", "gevent"], separated=True))
    assert seen.steal == pytest.approx(0.125)
    assert seen.foreign == pytest.approx(0.2, abs=0.01), "wanted 0.75 s without 0.25 of steal and 0.1 of the lab"


def test_governors_are_read_where_there_are_some(tmp_path: Path) -> None:
    assert machine.governors(tmp_path) == set()
    for core, governor in enumerate(("powersave", "performance")):
        folder = tmp_path / f"cpu{core}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_governor").write_text(f"{governor}\n")
    assert machine.governors(tmp_path) == {"powersave", "performance"}


def test_a_run_reports_it_before_it_measures_and_looks_no_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report(lambda _: None)
    begun: list[list[str]] = []
    looked: list[float] = []

    async def experiment(_params: Any, _contenders: list[str], _report: Report) -> Verdict:
        begun.append([each.type for each in report.notices])
        looked.append(await drain.foreign_pct())
        return verdict([])

    async def no_failure(*_: Any) -> dict[str, str]:
        return {}

    async def glance(*_: Any, **__: Any) -> Machine:
        return FIT

    monkeypatch.setattr(preflight, "failures", no_failure)
    monkeypatch.setattr(fitness, "glance", glance)
    monkeypatch.setattr(drain, "LOOK", 3600.0)  # a second look would never end
    monkeypatch.setattr(measurement, "scenario", lambda _: replace(scenario("race"), run=experiment))
    params = Race(workload="hello", requests=1, workers=None, direct=False)
    asyncio.run(asyncio.wait_for(measurement._measure("race", params, ["sync"], report), 60))
    assert begun == [["machine"]], f"wanted it reported before anything is measured, got {begun}"
    assert looked == [0.0]
    assert report.notices == [notice(FIT)]
