"""What a preset of scripts/ab came to, as services/presets.json and the README have it.

tests/benchmarks/presets.sh runs this in the bench's container: on standard input services/presets.json, the preset's
name, its run as `bench ab --json` prints it, and services/bench/README.md, with a NUL between; on standard output both
files anew, with a form feed on a line between.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.stats.paired import Difference
    from experiments.ab import AbSample

BEGIN, END = "<!-- presets: written by tests/benchmarks/presets.sh -->\n", "<!-- /presets -->\n"
HEAD = "| preset | a | b | measured here |\n|---|---|---|---|\n"
NAMES = {"cpu_us": "CPU per request", "rps": "throughput", "p50_ms": "p50", "p99_ms": "p99", "memory_mb": "memory"}
FACTOR = 3  # a ratio from which on "times" reads better than per cent

Preset = dict[str, Any]


def measured(run: Mapping[str, Any], metric: str) -> Preset:
    from bench.stats.pairs import compared  # noqa: PLC0415 - only the bench's container needs it
    from experiments.registry import EXPERIMENTS  # noqa: PLC0415

    rows = EXPERIMENTS["ab"].rows(run["results"])
    (each,) = (each for each in compared(rows) if each.metric == metric)
    if each.difference is None:
        raise SystemExit(f"{metric} was not measured in enough pairs")
    return {
        "measured": f"{in_words(each.difference, NAMES[metric])}{shares(rows)}.",
        "date": run["run"]["finished"][:10],
        "cores": run["run"]["environment"]["cores"],
        "pairs": each.difference.pairs,
    }


def in_words(found: Difference, what: str) -> str:
    if not found.significant:
        return f"no difference in {what} found; one of {100 * found.detectable:.0f} % would have been"
    low, high = found.low, found.high
    if found.ratio > FACTOR:
        return f"b has {found.ratio:.1f} times a's {what} ({low:.1f} to {high:.1f})"
    more = "more" if found.ratio > 1 else "less"
    near, far = sorted(abs(end - 1) for end in (low, high))
    return f"b has {100 * abs(found.ratio - 1):.0f} % {more} {what} ({100 * near:.0f} to {100 * far:.0f} %)"


def shares(rows: Sequence[AbSample]) -> str:
    """Where one of the two has an uneven load across its processes."""
    sides = {side: [row.fairness for row in rows if row.side == side and row.fairness is not None] for side in "ab"}
    if not all(sides.values()) or min(map(median, sides.values())) > 0.9:
        return ""
    of_each = ", ".join(f"{side} {median(values):.2f}" for side, values in sides.items())
    return f"; Jain's index over its workers: {of_each}"


def document(presets: Sequence[Preset]) -> str:
    """A key a line, as scripts/ab reads it."""
    return json.dumps(presets, indent=2, ensure_ascii=False) + "\n"


def table(presets: Sequence[Preset]) -> str:
    return BEGIN + HEAD + "".join(map(row, presets)) + END


def row(preset: Preset) -> str:
    found = preset.get("measured")
    pairs = f", {preset['pairs']} pairs" if "pairs" in preset else ""
    text = f"{found} {preset['date']}, {preset['cores']} cores{pairs}." if found else "not yet"
    return f"| [`{preset['name']}`]({preset['source']}) | `{preset['a']}` | `{preset['b']}` | {text} |\n"


def main(presets: list[Preset], name: str, run: Mapping[str, Any], readme: str) -> None:
    (preset,) = (each for each in presets if each["name"] == name)
    preset |= measured(run, preset["metric"])
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    sys.stdout.write(f"{document(presets)}\f\n{before}{table(presets)}{after}")


if __name__ == "__main__":
    listed, called, made, page = sys.stdin.read().split("\0")
    main(json.loads(listed), called, json.loads(made), page)
