"""slow-clients: what is left for ordinary requests while many clients send or read a byte at a time."""

import asyncio
from collections.abc import Iterable, Sequence

from bench.loadgen import Request, SlowCounts, post, slow_clients
from bench.notices import Notice, SlowOutcome, TurnBegan, Verdict, of
from bench.scenarios.probe import Probing, Via
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict
from bench.stats import Measurement, ValidityWarning
from bench.stats.probes import sentences, summarise
from bench.stats.validity import route_label
from bench.target import lab
from bench.views import probes
from bench.views.drawing import draw_timeline
from bench.views.parts import Part, Table
from experiments.schema.samples import ProbeSample
from experiments.slow_clients import SlowClients

PACE = 1.0  # seconds between a client's bytes: a request head of 100 bytes outlasts every experiment
ENOUGH = 2  # times that, at least, for what they do: they come one after the other within the first
RATE = 20.0  # probes a second
BODY = 1_000_000  # bytes announced in the mode `body`: below nginx's limit, and never all sent
COUNTS = ("connected", "dropped", "answered", "refused", "holding")
ANSWER = {"bytes": 1024 * 1024}  # what is read in the mode `read`: more than the buffers between


async def run(params: SlowClients, contenders: list[str], report: Report) -> Verdict:
    """Through nginx, then bypassing it: who of them holds the slow ones?"""
    ways: list[Via] = ["direct"] if params.direct else ["nginx", "direct"]
    turns = [(contender, via) for contender in contenders for via in ways]
    measured: list[Measurement] = []
    for turn, (contender, via) in enumerate(turns):
        report.turn(route_label(contender, via), turn, len(turns), params.seconds)
        report.notice(TurnBegan(contender=contender))
        target = _request(contender, via, params.mode)
        counts: list[SlowCounts] = []

        async def attack(over: asyncio.Event, target: Request = target, counts: list[SlowCounts] = counts) -> None:
            counts.append(await slow_clients(target, params.clients, params.mode, over, PACE))

        warnings = await Probing(contender, via, report).run(attack, RATE, params.seconds)
        for each in counts:
            seen = {name: getattr(each, name) for name in COUNTS}
            report.notice(SlowOutcome(contender=contender, via=via, **seen))
        measured.append(Measurement(contender, warnings + _too_short(params.seconds / 3)))
    return verdict(measured)


def _too_short(during: float) -> list[ValidityWarning]:
    return [ValidityWarning("too-short", value=during, bound=ENOUGH * PACE)] if during < ENOUGH * PACE else []


def _request(contender: str, via: Via, mode: str) -> Request:
    direct = via == "direct"
    if mode == "read":
        return lab.request(contender, "mix", dict(ANSWER), direct=direct)
    if mode == "body":
        addresses, host, path = lab.address(contender, "upload", direct=direct)
        return post(addresses, host, path, BODY)
    return lab.hello(contender, direct=direct)


def table(rows: Sequence[ProbeSample], notices: Sequence[Notice]) -> Iterable[Part]:
    yield from probes.table(rows, notices)
    shown = Table(("contender", "via", "slow clients connected", "dropped", "answered", "refused", "held at end"))
    for each in of(SlowOutcome, notices):
        shown.add(each.contender, each.via, *(str(getattr(each, name)) for name in COUNTS))
    yield shown


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=draw_timeline,
)
