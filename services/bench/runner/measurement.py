"""An experiment in the process that measures: its parameters, what surrounds it, and how it ends."""

import asyncio
import os
import platform
from collections.abc import Callable
from functools import partial
from typing import Any

import uvloop

from bench.experiments.registry import scenario
from bench.lessons.registry import check_claim
from bench.loadgen import align_clocks
from bench.messages import EnvironmentRead, Finished, Message
from bench.notices import LessonChecked, MachineSeen, Refused, SlotsDiffer, Summary, Switched, Verdict
from bench.runner.outcome import failure
from bench.runner.task import Task
from bench.scenarios.report import Report
from bench.stats.fitness import notice
from bench.target import drain, fitness, lab, machine, preflight, worker_count
from bench.target.replicas import NoAnswer
from bench.target.slots import sentence
from experiments.registry import EXPERIMENTS
from experiments.schema.masked import mask
from experiments.schema.params import Params


def measure(task: Task, send: Callable[[Message], None]) -> None:
    """Sends all that comes of it, and at last that it ended: a failure is a message, never raised."""
    align_clocks()
    try:
        params, report = EXPERIMENTS[task.experiment].read(task.params), Report(send)
        contenders = _resize(task.contenders, params.workers, report)
        environment = environment_of(contenders)
        send(EnvironmentRead(machine.describe() | environment))
        _warn_of_switches(environment["contenders"], report)
        if (slots := sentence(environment["contenders"])) is not None:
            report.notice(SlotsDiffer(text=slots))
        verdict, failed = _run(task, params, contenders, report, separated=bool(environment["pinned"]))
    except NoAnswer as error:
        send(Finished(error=str(error)))  # a sentence with the remedy
    except Exception as error:
        send(Finished(error=f"{type(error).__name__}: {error}"))
    else:
        send(Finished(verdict.document(), failed))


def _resize(contenders: list[str], count: int | None, report: Report) -> list[str]:
    """Those that have as many workers as the run wants. Raises NoAnswer if there is none."""
    if count is None:
        return contenders
    refused: dict[str, str] = {}
    for contender in contenders:
        try:
            worker_count.change(contender, count)
        except NoAnswer as error:
            refused[contender] = str(error)
            report.notice(Refused(contender=contender, text=f"Skipped: {error}"))
    if len(refused) == len(contenders):
        raise NoAnswer(" ".join(refused.values()))
    return [each for each in contenders if each not in refused]


def _run(
    task: Task, params: Params, contenders: list[str], report: Report, *, separated: bool
) -> tuple[Verdict, str | None]:
    """The verdict, and why the run failed, if it did."""
    verdict = uvloop.run(_measure(task.experiment, params, contenders, report, separated=separated))
    rows, notices, shown = report.rows, list(report.notices), mask(params.model_dump(mode="json"))
    made = scenario(task.experiment)
    failed = failure(made.succeeded, rows, notices, contenders)
    sentences = [] if failed else made.conclude(shown, rows, notices)  # that is in its error
    markdown = made.markdown(shown, rows) if made.markdown and rows else None
    report.notice(Summary(sentences=sentences, rows=made.summarise(rows, notices), markdown=markdown))
    report.notice(verdict)
    if (claim := check_claim(task.tags, shown, rows, notices)) is not None:
        doubted = any(not warning["percentile"] for warning in verdict.doubts)  # no claim is of too few responses
        report.notice(LessonChecked(**claim, doubted=doubted))
    return verdict, failed


async def _measure(
    experiment: str, params: Params, contenders: list[str], report: Report, *, separated: bool = False
) -> Verdict:
    """Those that do what the run requests. Raises NoAnswer if none does.

    Some experiments measure the others, too, next to one that does.
    """
    failed: dict[str, str] = {}
    if contenders:
        failed, seen = await asyncio.gather(
            preflight.failures(params, contenders), fitness.glance(params, contenders, separated=separated)
        )
        _report_fitness(notice(seen), report)
    if contenders and len(failed) == len(contenders):
        raise NoAnswer(" ".join(failed.values()))
    if scenario(experiment).skips_failing:
        for contender, reason in failed.items():
            report.notice(Refused(contender=contender, text=f"Skipped: {reason}"))
        contenders = [each for each in contenders if each not in failed]
    verdict: Verdict = await scenario(experiment).run(params, contenders, report)
    return verdict


def _report_fitness(seen: MachineSeen, report: Report) -> None:
    """Before anything is measured: there is time to stop what disturbs it."""
    report.notice(seen)
    if seen.fit:
        drain.mark_at_rest()


def _warn_of_switches(described: dict[str, dict[str, Any]], report: Report) -> None:
    """Every result names the settings that are broken on purpose: see services/README.md."""
    by_setting: dict[str, list[str]] = {}
    for contender, each in described.items():
        for name, value in each.get("switches", {}).items():
            by_setting.setdefault(f"{name}={value}", []).append(contender)
    for setting, names in by_setting.items():
        report.notice(Switched(text=f"Not as the lab comes: {setting} for {', '.join(names)}."))


def environment_of(contenders: list[str]) -> dict[str, Any]:
    """What is measured, and with what. A contender that is down is measured all the same: errors are figures."""
    cpuset = sorted(os.sched_getaffinity(0))
    described = {contender: _try_to_describe(partial(lab.describe, contender)) for contender in contenders}
    shared = set(cpuset) & {core for each in described.values() for core in each.get("cpuset", cpuset)}
    generator = {"python": platform.python_version(), "cpuset": cpuset}
    nginx = _try_to_describe(lab.describe_edge)
    return {"generator": generator, "nginx": nginx, "contenders": described, "pinned": not shared}


def _try_to_describe(describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return describe()
    except NoAnswer as error:
        return {"error": str(error)}
