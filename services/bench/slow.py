"""slow-clients: what is left for ordinary requests while many clients send or read a byte at a time."""

import asyncio
from typing import Any

from bench import lab
from bench.load import Request, post, slow_clients
from bench.probing import Probing, Via
from bench.reporting import Report
from bench.stats import Doubt
from bench.verdict import judged
from experiments.registry import SlowClients

PACE = 1.0  # seconds between a client's bytes: a request head of 100 bytes outlasts every experiment
RATE = 20.0  # probes a second
BODY = 1_000_000  # bytes announced in the mode `body`: below nginx's limit, and never all sent
ANSWER = {"bytes": 1024 * 1024}  # what is read in the mode `read`: more than the buffers between


async def slow(params: SlowClients, contenders: list[str], report: Report) -> None:
    """Through nginx, then straight at the contender: who of them holds the slow ones?"""
    ways: list[Via] = ["direct"] if params.direct else ["nginx", "direct"]
    turns = [(contender, via) for contender in contenders for via in ways]
    found: list[Doubt] = []
    for turn, (contender, via) in enumerate(turns):
        what = f"{contender}, {'through nginx' if via == 'nginx' else 'straight'}"
        report.turn(what, turn, len(turns), params.seconds)
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


def _request(contender: str, via: Via, mode: str) -> Request:
    direct = via == "direct"
    if mode == "read":
        return lab.request(contender, "mix", dict(ANSWER), direct=direct)
    if mode == "body":
        addresses, host, path = lab.address(contender, "upload", direct=direct)
        return post(addresses, host, path, BODY)
    return lab.request(contender, "hello", {}, direct=direct)
