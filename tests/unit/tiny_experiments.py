"""Experiments of a moment, for the process that measures: each is registered in that process alone, when it begins."""

import asyncio
import os
import signal
from dataclasses import replace
from typing import Any

from bench.messages import Message
from bench.notices import Notice, Refused, TurnBegan, Verdict
from bench.runner.task import Task
from bench.scenarios.report import Report
from bench.scenarios.verdict import verdict
from experiments.race import Race, RaceSample
from tests.unit.bench_rows import race_row

NOBODY = "http://127.0.0.1:1"  # refuses at once, as nginx does that is down; a name might be resolved for a while
FOREVER = 600.0  # seconds; the test that starts one ends it


class Tiny(Task):
    """What the other process unpickles is a Task, which has its function run as the experiment race."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return _registered, (self.contenders[0],)


def tiny(name: str) -> Task:
    return Tiny("race", {}, [name])


def _registered(name: str) -> Task:
    from bench.experiments import race  # noqa: PLC0415
    from bench.target import lab  # noqa: PLC0415 in the process that measures, and in no other

    lab.EDGE = NOBODY
    race.SCENARIO = replace(race.SCENARIO, run=globals()[name])
    params = {"requests": 0} if name == "misread" else {}
    return Task("race", params, [])  # of no contender: none is probed


def row(seq: int) -> RaceSample:
    return race_row(seq)


MANY = 6


def counted() -> list[Message]:
    """What `counting` sends, before its summary."""
    messages: list[Message] = []
    report = Report(messages.append)
    _count(report)
    return messages


VERDICT = verdict([])


def _count(report: Report) -> None:
    report.begin("sync", 0, 1, 2.5)
    for seq in range(MANY):
        report.sample(row(seq))
        if seq % 3 == 0:
            report.notice(TurnBegan(contender="sync", at=seq))


async def counting(_params: Race, _contenders: list[str], report: Report) -> Verdict:
    _count(report)
    return VERDICT


async def waiting(_params: Race, _contenders: list[str], report: Report) -> None:
    """Reports which process it is, and goes on until it is ended."""
    report.sample(row(0))
    report.notice(Refused(contender="sync", text=str(os.getpid())))
    await asyncio.sleep(FOREVER)


async def failing(_params: Race, _contenders: list[str], report: Report) -> None:
    report.sample(row(0))
    raise ValueError("no water")


async def misread(_params: Race, _contenders: list[str], _report: Report) -> None:
    raise AssertionError("its parameters are wrong: it is never begun")


async def interrupted(_params: Race, _contenders: list[str], report: Report) -> Verdict:
    """As by Ctrl-C, which the terminal sends to every process."""
    os.kill(os.getpid(), signal.SIGINT)
    report.sample(row(0))
    return VERDICT


async def leaving(_params: Race, _contenders: list[str], _report: Report) -> None:
    os._exit(3)


class Won(Notice):
    """Of a type that the records keep for themselves."""

    type = "state"


async def refusable(_params: Race, _contenders: list[str], report: Report) -> None:
    report.notice(Won())
    report.sample(row(0))
    await asyncio.sleep(FOREVER)
