"""victim: what happens to an innocent /hello while others keep the contender busy with something else."""

import asyncio

from bench import lab
from bench.load import Request, Window, closed_loop
from bench.probing import Probing, Via
from bench.reporting import Report
from bench.stats import Doubt
from bench.verdict import judged
from experiments.registry import Victim, query

PATIENCE = 60.0  # seconds for the others' answers: they are there to wait, not to be measured


async def victim(params: Victim, contenders: list[str], report: Report) -> None:
    via: Via = "direct" if params.direct else "nginx"
    found: list[Doubt] = []
    for turn, contender in enumerate(contenders):
        report.turn(contender, turn, len(contenders), params.seconds)
        report.notice("contender", contender=contender)
        target = lab.request(contender, params.workload, dict(query(params)), direct=params.direct)

        async def others(over: asyncio.Event, target: Request = target) -> None:
            if params.background:
                await closed_loop(target, params.background, Window(0, float("inf")), PATIENCE, over)

        found += await Probing(contender, via, report).run(others, params.probe_rate, params.seconds)
    judged(found, report)
