"""An experiment in the process that measures: what it is told, what surrounds it, and how it ends."""

import os
import platform
from collections.abc import Callable
from functools import partial
from typing import Any

import uvloop

from bench.loadgen import align_clocks
from bench.messages import Described, Ended, Message
from bench.runner.process import Task
from bench.scenarios.load import capacity, rate, sweep
from bench.scenarios.race import race
from bench.scenarios.report import Report
from bench.scenarios.slow_clients import slow
from bench.scenarios.victim import victim
from bench.target import lab, machine
from experiments.registry import EXPERIMENTS

FUNCTIONS: dict[str, Any] = {
    "race": race,
    "sweep": sweep,
    "rate": rate,
    "capacity": capacity,
    "victim": victim,
    "slow-clients": slow,
}


def experiment(task: Task, tell: Callable[[Message], None]) -> None:
    """Tells all that comes of it, and at last that it ended: a failure is told, never raised."""
    align_clocks()
    try:
        tell(Described(machine.describe() | surroundings(task.contenders)))
        params = EXPERIMENTS[task.experiment].read(task.params)
        report = Report(tell)
        uvloop.run(FUNCTIONS[task.experiment](params, task.contenders, report))
    except Exception as error:
        tell(Ended(error=f"{type(error).__name__}: {error}"))
    else:
        tell(Ended(report.noise))


def surroundings(contenders: list[str]) -> dict[str, Any]:
    """What is measured, and with what. A contender that is down is measured all the same: errors are figures."""
    cpuset = sorted(os.sched_getaffinity(0))
    told = {contender: _described(partial(lab.describe, contender)) for contender in contenders}
    shared = set(cpuset) & {core for each in told.values() for core in each.get("cpuset", cpuset)}
    generator = {"python": platform.python_version(), "cpuset": cpuset}
    nginx = _described(lab.describe_edge)
    return {"generator": generator, "nginx": nginx, "contenders": told, "pinned": not shared}


def _described(describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return describe()
    except lab.Silent as error:
        return {"error": str(error)}
