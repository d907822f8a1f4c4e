"""protocols: which contender supports which feature, directly, through nginx, and through nginx over TLS."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from bench.notices import Notice, TurnBegan, Verdict
from bench.protocols.features import findings
from bench.protocols.route import Finding, Route
from bench.scenarios.report import Report
from bench.scenarios.scenario import Scenario
from bench.scenarios.verdict import verdict
from bench.stats import Measurement
from bench.stats.phrases import names
from bench.stats.select import by
from bench.target import lab
from bench.target.replicas import PORT
from bench.views.drawing import WIDTH
from bench.views.parts import Line, Part, Table
from contender.catalogue import in_order, mount
from experiments.protocols import FEATURES, Protocols, ProtocolSample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ONE = 3.0  # seconds for one of them, about
SECONDS = 45.0  # about: twenty of them the idle connections are watched, and three times the server is stopped
# A glyph a verdict: no colour is needed to read it.
GLYPHS = {"yes": "✓", "partly": "~", "no": "✗"}
COLOURS = {"yes": "#08664a", "partly": "#7a4d00", "no": "#a3222f"}
# What is worth a sentence: on which way, which feature, and what it is called.
WORTH_A_SENTENCE = (
    ("direct", "h2-prior-knowledge", "HTTP/2 without TLS"),
    ("direct", "websocket-text", "WebSocket"),
    ("direct", "early-hints", "early hints"),
    ("direct", "graceful-shutdown", "graceful shutdown (in-flight request completed)"),
    ("nginx-tls", "h2-alpn", "HTTP/2 over TLS via nginx"),
    ("nginx-tls", "h3", "HTTP/3 via nginx"),
)


async def run(params: Protocols, contenders: list[str], report: Report) -> Verdict:
    """All contenders beside each other, each in a container of its own: most of the time they wait."""
    wanted: tuple[str, ...] = FEATURES if params.feature is None else (params.feature,)
    report.begin(params.feature or f"{len(FEATURES)} features", 0, 1, ONE if params.feature else SECONDS)
    ca = None if params.direct else await asyncio.to_thread(lab.authority)
    async with asyncio.TaskGroup() as group:
        for contender in contenders:
            report.notice(TurnBegan(contender=contender))
            group.create_task(_contender(contender, wanted, ca, report))
    return verdict([Measurement(contender, []) for contender in contenders])


async def _contender(contender: str, wanted: Sequence[str], ca: str | None, report: Report) -> None:
    async for route, feature, finding in findings(*ways(contender, ca), wanted=wanted):
        report.sample(sample(route, feature, finding))


def ways(contender: str, ca: str | None) -> list[Route]:
    """Directly, by name: its address changes when it is stopped. Through nginx where its authority is known."""
    direct = Route(contender, "direct", contender, PORT, mount(contender))
    if ca is None:
        return [direct]
    (edge,), (tls,) = lab.edge(), lab.edge_tls()
    prefix = f"/{contender}"
    return [direct, Route(contender, "nginx", *edge, prefix), Route(contender, "nginx-tls", *tls, prefix, ca)]


def sample(route: Route, feature: str, finding: Finding) -> ProtocolSample:
    return ProtocolSample(
        contender=route.contender, via=route.via, feature=feature, verdict=finding.verdict, evidence=finding.evidence
    )


def verdicts(rows: Sequence[ProtocolSample]) -> dict[str, dict[str, dict[str, ProtocolSample]]]:
    """By way and feature, the row of each contender."""
    return {
        via: {feature: {row.contender: row for row in own} for feature, own in by(every, "feature").items()}
        for via, every in by(rows, "via").items()
    }


def summarise(rows: Sequence[ProtocolSample], _: Sequence[Notice]) -> list[dict[str, Any]]:
    """How many of each verdict, a line for each contender and way."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row.contender, row.via][row.verdict] += 1
    return [
        {"contender": contender, "via": via} | {kind: count[kind] for kind in ("yes", "partly", "no")}
        for (contender, via), count in counts.items()
    ]


def sentences(_params: dict[str, Any], rows: Sequence[ProtocolSample], _notices: Sequence[Notice]) -> list[str]:
    found = verdicts(rows)
    return [_who(what, found[via][feature]) for via, feature, what in WORTH_A_SENTENCE if feature in found.get(via, {})]


def _who(what: str, by_contender: dict[str, ProtocolSample]) -> str:
    ordered = in_order(by_contender)
    able = [name for name in ordered if by_contender[name].verdict == "yes"]
    unable = [name for name in ordered if name not in able]
    if not unable:
        return f"{_capital(what)}: {'all' if len(able) > 1 else able[0]}."
    return f"{_capital(what)}: {names(able)}; not {names(unable)}." if able else f"{_capital(what)}: none."


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def table(rows: Sequence[ProtocolSample], notices: Sequence[Notice]) -> Iterable[Part]:
    """A grid a way, and below them the evidence of what is not a plain yes, once for all who have it in common."""
    yield from _grids(rows)
    yield Line(" ".join(f"{glyph} {verdict}" for verdict, glyph in GLYPHS.items()), "dim")
    for via, features in verdicts(rows).items():
        for feature, cells in features.items():
            alike: dict[tuple[str, str], list[str]] = defaultdict(list)
            for name, row in cells.items():
                if row.verdict != "yes":
                    alike[GLYPHS[row.verdict], row.evidence.replace(f"/{name}/", "/")].append(name)
            for (glyph, evidence), contenders in alike.items():
                yield Line(f"{glyph} {feature}, {via}, {', '.join(in_order(contenders))}: {evidence}")


def grid(_params: dict[str, Any], rows: Sequence[ProtocolSample]) -> str:
    """The same as Markdown: a table a way, whose cells a page can show."""
    return "".join(f"{each.markdown(':-:')}\n\n" for each in _grids(rows)).removesuffix("\n")


def _grids(rows: Sequence[ProtocolSample]) -> Iterable[Table]:
    """A grid a way: a head of contenders, then a line of glyphs a feature."""
    contenders = in_order(by(rows, "contender"))
    for via, features in verdicts(rows).items():
        shown = Table((via, *contenders))
        for feature, cells in features.items():
            shown.add(feature, *(GLYPHS[cells[name].verdict] if name in cells else "" for name in contenders))
        yield shown


def draw(figure: Figure, rows: Sequence[ProtocolSample]) -> None:
    """A square a verdict, with its glyph: no colour is needed to read it."""
    contenders, features = in_order(by(rows, "contender")), list(by(rows, "feature"))
    figure.set_size_inches(WIDTH, 1.6 + 0.24 * len(features))
    axes = figure.subplots(1, len(by(rows, "via")), sharey=True, squeeze=False)[0]
    for axis, (via, every) in zip(axes, by(rows, "via").items(), strict=True):
        for row in every:
            x, y = contenders.index(row.contender), features.index(row.feature)
            axis.barh(y, 0.9, left=x - 0.45, height=0.9, color=COLOURS[row.verdict], alpha=0.3)
            axis.text(x, y, GLYPHS[row.verdict], ha="center", va="center", fontsize=8)
        axis.set_title(via, loc="left", fontsize=9)
        axis.set_xticks(range(len(contenders)), contenders, rotation=60, ha="right", fontsize=7)
        axis.set_yticks(range(len(features)), features, fontsize=7)
        axis.set(xlim=(-0.5, len(contenders) - 0.5), ylim=(len(features) - 0.5, -0.5))
        axis.spines[:].set_visible(False)


SCENARIO = Scenario(
    run=run,
    summarise=summarise,
    sentences=sentences,
    table=table,
    draw=draw,
    succeeded=lambda _: True,  # that a feature is missing is a finding
    markdown=grid,
)
