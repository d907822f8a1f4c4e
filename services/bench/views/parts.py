"""Parts of a report, tables and lines, as data: a terminal, a page and Markdown print the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from bench.stats.advice import Tried, has_few_responses


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[str, ...]
    lines: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        self.lines.append(cells)

    def markdown(self, align: str) -> str:
        """`align`: of all columns but the first, as Markdown has it."""
        separator = "|---|" + f"{align}|" * (len(self.head) - 1)
        return "\n".join([_markdown(self.head), separator, *map(_markdown, self.lines)])


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    style: Literal["", "dim", "yellow", "bold"] = ""


Part = Table | Line


def _markdown(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


FEW = "*: fewer than ten responses beyond this percentile"


def ms(value: float | None) -> str:
    return "-" if value is None else f"{number(value)} ms"


def percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} %"


def mark(figure: str, name: str, too_few_for: Sequence[str]) -> str:
    return f"{figure}*" if name in too_few_for and figure != "-" else figure


def number(value: float | None) -> str:
    """Three digits, which is what a measurement here is good for; whole from a hundred on."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def p99_of(row: Tried) -> str:
    """Marked where it rests on too few responses."""
    return number(row.p99_ms) + ("*" if row.p99_ms is not None and has_few_responses(row) else "")
