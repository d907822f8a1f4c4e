"""What claims read from the rows of probes: a summary per contender, way and phase."""

from bench.lessons.claim import Rows
from bench.stats.probes import ProbeSummary, summarise_probes


def probes_of(rows: Rows) -> dict[tuple[str, str, str], ProbeSummary]:
    return {(each.contender, each.via, each.phase): each for each in summarise_probes(rows)}
