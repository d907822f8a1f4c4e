"""victim: how an unrelated /hello probe fares while other requests keep the contender busy."""

import asyncio
import time
from typing import Any

from bench.loadgen import Load, Request, Window, closed_loop
from bench.notices import LoopLag, OwnP99, Refused, TurnBegan, Verdict
from bench.scenarios.probe import Probing, Via
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict
from bench.stats import Measurement, ValidityWarning
from bench.stats.phrases import count, milliseconds
from bench.stats.probes import sentences, summarise
from bench.target import lab, prometheus
from bench.target.replicas import NoAnswer
from bench.target.usage import Lag
from bench.views.drawing import draw_timeline
from bench.views.probes import table
from experiments.victim import Victim

FAILED = 0.01  # share of the background's requests: a few are lost wherever something is overloaded
PATIENCE = 60.0  # seconds for the background's answers: they are there to wait, not to be measured


async def run(params: Victim, contenders: list[str], report: Report) -> Verdict:
    via: Via = "direct" if params.direct else "nginx"
    measured: list[Measurement] = []
    for turn, contender in enumerate(contenders):
        report.turn(contender, turn, len(contenders), params.seconds)
        report.notice(TurnBegan(contender=contender))
        loads: list[Load] = []
        target = lab.request_of(params, contender)

        async def background(over: asyncio.Event, target: Request = target, loads: list[Load] = loads) -> None:
            if params.background:
                loads.append(await closed_loop(target, params.background, Window(0, float("inf")), PATIENCE, over))

        before, began = _lag(contender), time.time()
        warnings = await Probing(contender, via, report).run(background, params.probe_rate, params.seconds)
        after = _lag(contender)
        if before is not None and after is not None and (lag := after.since(before)) is not None:
            report.notice(LoopLag(contender=contender, **lag, text=_sentence(contender, lag)))
        if lab.is_observed(contender):
            report.notice(await _own_p99(contender, began))
        failed = [warning.of(contender, via) for load in loads if (warning := check_background(load)) is not None]
        measured.append(Measurement(contender, warnings + failed))
    return verdict(measured)


async def _own_p99(contender: str, began: float) -> OwnP99 | Refused:
    """Of the probes, as the application measures them."""
    route = "/hello"
    try:
        p99 = await prometheus.own_p99_ms(contender, route, began)
    except NoAnswer as error:
        return Refused(contender=contender, text=f"No p99 of the application: {error}")
    if p99 is None:
        return Refused(contender=contender, text=f"No p99 of the application: it has ended no request for {route}")
    text = f"The p99 of {route} that {contender} reports of itself: {milliseconds(p99)}, over the whole run."
    return OwnP99(contender=contender, route=route, p99_ms=p99, text=text)


def _lag(contender: str) -> Lag | None:
    try:
        return lab.usage(contender).lag
    except NoAnswer:
        return None


def _sentence(contender: str, lag: dict[str, Any]) -> str:
    late = f"Event loop lag of {contender}: {milliseconds(lag['mean_ms'])} on average"
    if not lag["held"]:
        return f"{late}."
    return f"{late}, blocked over 100 ms {count(lag['held'], 'time')}, last by {lag['held_by']}."


def check_background(load: Load) -> ValidityWarning | None:
    """Requests that are refused at once keep no worker busy."""
    failed = load.errors.total() + load.timeouts
    if failed <= FAILED * load.intended:
        return None
    return ValidityWarning("background-failed", value=failed / load.intended, bound=FAILED)


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=draw_timeline,
)
