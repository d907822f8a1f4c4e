"""The table of probes."""

from collections.abc import Iterable, Sequence

from bench.notices import Notice, OwnP99, of
from bench.stats.probes import summarise_probes
from bench.views.parts import FEW, Line, Part, Table, mark, ms
from experiments.schema.samples import ProbeSample


def table(rows: Sequence[ProbeSample], notices: Sequence[Notice]) -> Iterable[Part]:
    shown = Table(("contender", "via", "phase", "probes", "err", "t/o", "p50", "p99", "max"))
    every = summarise_probes(rows)
    for each in every:
        p50, p99 = (mark(ms(getattr(each, name)), name, each.too_few_for) for name in ("p50_ms", "p99_ms"))
        counts = map(str, (each.sent, each.errors, each.timeouts))
        shown.add(each.contender, each.via, each.phase, *counts, p50, p99, ms(each.max_ms))
    for own in of(OwnP99, notices):
        shown.add(own.contender, "in the application", "all", "", "", "", "", ms(own.p99_ms), "")
    yield shown
    if any("p99_ms" in each.too_few_for for each in every):
        yield Line(FEW, style="dim")
