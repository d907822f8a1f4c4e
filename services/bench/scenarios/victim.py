"""victim: what happens to an innocent /hello while others keep the contender busy with something else."""

import asyncio

from bench.loadgen import Load, Request, Window, closed_loop
from bench.scenarios.probe import Probing, Via
from bench.scenarios.report import Report
from bench.scenarios.verdict import judged
from bench.stats import Doubt, by_kind
from bench.target import lab
from experiments.registry import Victim, query

FAILED = 0.01  # share of the others' requests: a few are lost wherever something is overloaded
PATIENCE = 60.0  # seconds for the others' answers: they are there to wait, not to be measured


async def victim(params: Victim, contenders: list[str], report: Report) -> None:
    via: Via = "direct" if params.direct else "nginx"
    found: list[Doubt] = []
    for turn, contender in enumerate(contenders):
        report.turn(contender, turn, len(contenders), params.seconds)
        report.notice("contender", contender=contender)
        loads: list[Load] = []
        target = lab.request(contender, params.workload, dict(query(params)), direct=params.direct)

        async def others(over: asyncio.Event, target: Request = target, loads: list[Load] = loads) -> None:
            if params.background:
                loads.append(await closed_loop(target, params.background, Window(0, float("inf")), PATIENCE, over))

        found += await Probing(contender, via, report).run(others, params.probe_rate, params.seconds)
        found += [doubt for load in loads if (doubt := _failed(contender, load)) is not None]
    judged(found, report)


def _failed(contender: str, load: Load) -> Doubt | None:
    """Others that are told off at once keep nobody busy."""
    failed = load.errors.total() + load.timeouts
    if failed <= FAILED * load.intended:
        return None
    kinds = by_kind(load.errors) or f"{load.timeouts} time-outs"
    seen = f"{failed} of the others' {load.intended} requests failed ({kinds}; bound {FAILED:.0%})"
    return Doubt(f"{contender}: {seen}, which is another attack than the one that was asked for; look at its log")
