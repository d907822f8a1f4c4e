"""slow-clients: what is left for ordinary requests while many clients send or read a byte at a time."""

import asyncio
from typing import Any

from bench.loadgen import Request, post, slow_clients
from bench.scenarios.probe import Probing, Via, named
from bench.scenarios.report import Report
from bench.scenarios.verdict import judged
from bench.stats import Doubt
from bench.target import lab
from experiments.registry import SlowClients

PACE = 1.0  # seconds between a client's bytes: a request head of 100 bytes outlasts every experiment
ENOUGH = 2  # times that, at least, for what they do: they come one after the other within the first
RATE = 20.0  # probes a second
BODY = 1_000_000  # bytes announced in the mode `body`: below nginx's limit, and never all sent
ANSWER = {"bytes": 1024 * 1024}  # what is read in the mode `read`: more than the buffers between


async def slow(params: SlowClients, contenders: list[str], report: Report) -> None:
    """Through nginx, then straight at the contender: who of them holds the slow ones?"""
    ways: list[Via] = ["direct"] if params.direct else ["nginx", "direct"]
    turns = [(contender, via) for contender in contenders for via in ways]
    found = _too_short(params.seconds / 3)
    for turn, (contender, via) in enumerate(turns):
        report.turn(named(contender, via), turn, len(turns), params.seconds)
        report.notice("contender", contender=contender)
        target = _request(contender, via, params.mode)
        counts: list[Any] = []

        async def others(over: asyncio.Event, target: Request = target, counts: list[Any] = counts) -> None:
            counts.append(await slow_clients(target, params.clients, params.mode, over, PACE))

        found += await Probing(contender, via, report).run(others, RATE, params.seconds)
        for each in counts:
            told = {"connected": each.connected, "dropped": each.dropped, "answered": each.answered}
            report.notice("slow", contender=contender, via=via, **told, refused=each.refused, holding=each.holding)
    judged(found, report)


def _too_short(during: float) -> list[Doubt]:
    if during >= ENOUGH * PACE:
        return []
    seen = f"all slow clients are there after {PACE:g} s, of the {during:.2g} s that they have (bound: half of it)"
    return [Doubt(f"{seen}; give it longer (--seconds {3 * ENOUGH * PACE:g})")]


def _request(contender: str, via: Via, mode: str) -> Request:
    direct = via == "direct"
    if mode == "read":
        return lab.request(contender, "mix", dict(ANSWER), direct=direct)
    if mode == "body":
        addresses, host, path = lab.address(contender, "upload", direct=direct)
        return post(addresses, host, path, BODY)
    return lab.request(contender, "hello", {}, direct=direct)
