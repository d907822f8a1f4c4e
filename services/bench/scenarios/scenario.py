"""How the bench carries an experiment out, and what it makes of the rows: all that belongs to one, but its data."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.notices import Notice, Verdict, Worded, of
from bench.scenarios.report import Report
from bench.views.parts import Line, Part

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def answered(row: Any) -> bool:
    return row.error is None


@dataclass(frozen=True, slots=True)
class Scenario[P, R]:
    """`P` is the model of its parameters, `R` that of its rows. What sentences get of the parameters is as stored:
    complete, but for runs of earlier versions.
    """

    run: Callable[[P, list[str], Report], Awaitable[Verdict]]
    summarise: Callable[[Sequence[R], Sequence[Notice]], list[dict[str, Any]]]  # as JSON, for the event `summary`
    sentences: Callable[[dict[str, Any], Sequence[R], Sequence[Notice]], Iterable[str]]
    table: Callable[[Sequence[R], Sequence[Notice]], Iterable[Part]]
    draw: Callable[[Figure, Sequence[R]], None]
    succeeded: Callable[[R], bool] = answered  # whether a row is of something that worked
    sketch: Callable[[Sequence[R], int], Iterable[Line]] | None = None  # above the table of a terminal that wide
    markdown: Callable[[dict[str, Any], Sequence[R]], str] | None = None  # of parameters and rows
    highlight: Callable[[dict[str, Any], Sequence[R]], tuple[str, str | None]] | None = None  # of a page; a command
    skips_failing: bool = True  # contenders whose request fails; else they are measured next to those that do not

    def conclude(self, params: dict[str, Any], rows: Sequence[R], notices: Sequence[Notice] = ()) -> list[str]:
        """Sentences about a run that came to its end; none where there is nothing to compare."""
        return [*self.sentences(params, rows, notices), *(each.text for each in of(Worded, notices))]
