"""An experiment in the process that measures: its parameters, what surrounds it, and how it ends."""

import os
import platform
from collections.abc import Callable
from functools import partial
from typing import Any

import uvloop

from bench.loadgen import align_clocks
from bench.messages import Described, Ended, Message
from bench.runner.task import Task
from bench.scenarios.load import capacity, rate, sweep
from bench.scenarios.protocols import protocols
from bench.scenarios.race import race
from bench.scenarios.report import Report
from bench.scenarios.slow_clients import slow
from bench.scenarios.verdict import Verdict
from bench.scenarios.victim import victim
from bench.scenarios.waterfall import waterfall
from bench.stats.conclusion import conclude
from bench.stats.summary import summary_rows
from bench.target import lab, machine
from experiments.registry import EXPERIMENTS

FUNCTIONS: dict[str, Any] = {
    "race": race,
    "sweep": sweep,
    "rate": rate,
    "capacity": capacity,
    "victim": victim,
    "slow-clients": slow,
    "protocols": protocols,
    "waterfall": waterfall,
}


def experiment(task: Task, send: Callable[[Message], None]) -> None:
    """Sends all that comes of it, and at last that it ended: a failure is a message, never raised."""
    align_clocks()
    try:
        send(Described(machine.describe() | surroundings(task.contenders)))
        verdict = _run(task, Report(send))
    except Exception as error:
        send(Ended(error=f"{type(error).__name__}: {error}"))
    else:
        send(Ended(verdict))


def _run(task: Task, report: Report) -> Verdict:
    params = EXPERIMENTS[task.experiment].read(task.params)
    verdict: Verdict = uvloop.run(FUNCTIONS[task.experiment](params, task.contenders, report))
    rows, notices = report.rows, list(report.notices)
    report.notice(
        "summary",
        sentences=conclude(task.experiment, params.model_dump(mode="json"), rows, notices),
        rows=summary_rows(task.experiment, rows, notices),
    )
    report.notice("verdict", **verdict)
    return verdict


def surroundings(contenders: list[str]) -> dict[str, Any]:
    """What is measured, and with what. A contender that is down is measured all the same: errors are figures."""
    cpuset = sorted(os.sched_getaffinity(0))
    described = {contender: _described(partial(lab.describe, contender)) for contender in contenders}
    shared = set(cpuset) & {core for each in described.values() for core in each.get("cpuset", cpuset)}
    generator = {"python": platform.python_version(), "cpuset": cpuset}
    nginx = _described(lab.describe_edge)
    return {"generator": generator, "nginx": nginx, "contenders": described, "pinned": not shared}


def _described(describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return describe()
    except lab.NoAnswer as error:
        return {"error": str(error)}
