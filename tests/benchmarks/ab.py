"""Whether a comparison finds what is there, and nothing else: the slots with no difference, and with a planted one.

    scripts/up
    tests/benchmarks/ab.sh --runs 40 --planted 10 --budget 60

Of comparisons of like with like, 95 % intervals exclude zero in one of twenty; of those with ten per cent more CPU per
request in b, nearly all should find a difference, and 95 % of the intervals hold the planted one. This file reads
the runs, which ab.sh makes (`scripts/ab` needs the engine), from standard input: a line `KIND JSON` each. Needs a quiet
machine.
"""

import json
import sys
from collections.abc import Iterable
from typing import Any

METRIC = "cpu_us"


def line_of(run: dict[str, Any]) -> dict[str, Any]:
    """The summary's line of CPU per request, from the rows, by the arithmetic that the bench has."""
    from bench.stats.pairs import summarise  # noqa: PLC0415 - after the help
    from experiments.registry import EXPERIMENTS  # noqa: PLC0415

    rows = EXPERIMENTS["ab"].rows(run["results"])
    return next(line for line in summarise(rows, []) if line["metric"] == METRIC)


def judge(kind: str, planted_us: float, line: dict[str, Any]) -> tuple[bool, bool]:
    """Whether a difference was found, and whether the interval holds the one that is there."""
    truth = 100 * planted_us / line["a_median"] if kind == "planted" else 0.0
    low, high = line["low_pct"], line["high_pct"]
    found, covered = not low <= 0 <= high, low <= truth <= high
    shown = (
        f"{line['difference_pct']:+.1f} % ({low:+.1f} to {high:+.1f}), {line['pairs']} pairs; there is {truth:.1f} %"
    )
    print(f"  {kind:>7}: {shown}{', found' if found else ''}{'' if covered else ', NOT COVERED'}", flush=True)
    return found, covered


def main(planted_us: float, lines: Iterable[str]) -> None:
    judged: dict[str, list[tuple[bool, bool]]] = {}
    for text in lines:
        kind, _, document = text.partition(" ")
        judged.setdefault(kind, []).append(judge(kind, planted_us, line_of(json.loads(document))))
    for kind, results in judged.items():
        found, covered = (sum(each) for each in zip(*results, strict=True))
        print(
            f"{kind}: of {len(results)} comparisons {found} found a difference, {covered} intervals held the true one"
        )


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.stdin)
