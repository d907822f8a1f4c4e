"""protocols: who speaks what, directly, through nginx, and through nginx by TLS."""

import asyncio
from collections.abc import Sequence

from bench.protocols.features import findings
from bench.protocols.way import Finding, Way
from bench.scenarios.report import Report
from bench.scenarios.verdict import Verdict, verdict
from bench.stats import Checked
from bench.target import lab
from bench.target.replicas import PORT
from contender.catalogue import mount
from experiments.registry import FEATURES, Protocols
from experiments.samples import ProtocolSample

ONE = 3.0  # seconds for one of them, about
SECONDS = 45.0  # about: twenty of them the idle connections are watched, and three times the server is stopped


async def protocols(params: Protocols, contenders: list[str], report: Report) -> Verdict:
    """All contenders beside each other, each in a container of its own: most of the time somebody waits."""
    wanted: tuple[str, ...] = FEATURES if params.feature is None else (params.feature,)
    report.begin(params.feature or f"{len(FEATURES)} features", 0, 1, ONE if params.feature else SECONDS)
    ca = None if params.direct else await asyncio.to_thread(lab.authority)
    async with asyncio.TaskGroup() as group:
        for contender in contenders:
            report.notice("contender", contender=contender)
            group.create_task(_contender(contender, wanted, ca, report))
    return verdict([Checked(contender, []) for contender in contenders])


async def _contender(contender: str, wanted: Sequence[str], ca: str | None, report: Report) -> None:
    async for way, feature, finding in findings(*ways(contender, ca), wanted=wanted):
        report.sample(sample(way, feature, finding))


def ways(contender: str, ca: str | None) -> list[Way]:
    """Directly, by name: its address changes when it is stopped. Through nginx where its authority is known."""
    direct = Way(contender, "direct", contender, PORT, mount(contender))
    if ca is None:
        return [direct]
    (edge,), (tls,) = lab.edge(), lab.edge_tls()
    prefix = f"/{contender}"
    return [direct, Way(contender, "nginx", *edge, prefix), Way(contender, "nginx-tls", *tls, prefix, ca)]


def sample(way: Way, feature: str, finding: Finding) -> ProtocolSample:
    return ProtocolSample(
        contender=way.contender, via=way.via, feature=feature, verdict=finding.verdict, evidence=finding.evidence
    )
