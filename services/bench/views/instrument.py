"""The table of scripts/instrument: what watching a contender adds to its requests, in each variant.

`python -m bench.views.instrument head` prints its head, `row CONTENDER VARIANT` the line of one comparison: it reads
that on standard input, as `bench ab --json` prints it.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from bench.stats.pairs import Compared, compared
from experiments.registry import EXPERIMENTS

HEAD = ("contender", "watched by", "µs/req without", "µs/req added", "in per cent", "p99 without", "p99 added", "pairs")


def line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def row(contender: str, variant: str, run: Mapping[str, Any]) -> str:
    """Medians without, and what is added to them with its 95 % interval, which is of the ratios of pairs.

    With a question mark where most turns have a validity warning.
    """
    rows = EXPERIMENTS["ab"].rows(run["results"])
    every = {each.metric: each for each in compared(rows)}
    cpu, tail = every["cpu_us"], every["p99_ms"]
    if cpu.a is None or cpu.difference is None or tail.a is None:
        raise SystemExit(f"instrument: too few turns of {contender}, {variant} were measured; give a larger --budget")
    low, high = (cpu.a * (end - 1) for end in (cpu.difference.low, cpu.difference.high))
    pairs = f"{cpu.difference.pairs}{' ?' if 2 * sum(each.doubted for each in rows) > len(rows) else ''}"
    added = f"{cpu.a * (cpu.difference.ratio - 1):+.0f} ({low:+.0f} to {high:+.0f})"
    return line(
        (contender, variant, f"{cpu.a:.0f}", added, in_per_cent(cpu), f"{tail.a:.1f} ms", in_per_cent(tail), pairs)
    )


def in_per_cent(each: Compared) -> str:
    """A difference that the interval does not tell from none is not one."""
    found = each.difference
    if found is None:
        return "?"
    low, high = (f"{100 * (end - 1):+.0f}" for end in (found.low, found.high))
    return f"{100 * (found.ratio - 1):+.0f} %" if found.significant else f"none found ({low} to {high} %)"


def main(what: str, *named: str) -> None:
    if what == "head":
        sys.stdout.write(f"{line(HEAD)}\n{line(('---',) * len(HEAD))}\n")
    else:
        contender, variant = named
        sys.stdout.write(f"{row(contender, variant, json.load(sys.stdin))}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
