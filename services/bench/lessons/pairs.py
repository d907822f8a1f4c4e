"""What claims read from the rows of an A/B comparison: by how much b differs from a."""

from bench.lessons.claim import Rows
from bench.stats.paired import Difference
from bench.stats.pairs import compared

UNITS = {"cpu_us": ("CPU per request", "µs"), "rps": ("Throughput", "req/s")}


def difference_in(rows: Rows, metric: str) -> tuple[Difference, str]:
    """Of b from a, and a sentence. Raises LookupError where too few pairs have both."""
    each = next(each for each in compared(rows) if each.metric == metric)
    found = each.difference
    if found is None:
        raise LookupError(metric)
    what, unit = UNITS[metric]
    kind = "more" if found.ratio > 1 else "less"
    near, far = sorted(abs(end - 1) for end in (found.low, found.high))
    size = f"{abs(found.ratio - 1):.0%} {kind}, {near:.0%} to {far:.0%}" if found.significant else "no difference found"
    return found, f"{what}: a {each.a:,.0f} {unit}, b {each.b:,.0f} {unit} ({size}, over {found.pairs} pairs)."
