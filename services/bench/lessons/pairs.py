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
    near, far = sorted(100 * abs(end - 1) for end in (found.low, found.high))
    kind = "more" if found.ratio > 1 else "less"
    size = f"{100 * abs(found.ratio - 1):.0f} % {kind}, {near:.0f} to {far:.0f} %"
    size = size if found.significant else "no difference found"
    return found, f"{what}: a {each.a:,.0f} {unit}, b {each.b:,.0f} {unit} ({size}; {found.pairs} pairs)."
