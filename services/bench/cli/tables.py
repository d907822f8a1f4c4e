"""The parts of a report as a person reads them in a terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich import table as rich
from rich.console import Group, RenderableType
from rich.text import Text

from bench.experiments.registry import scenario
from bench.notices import MachineSeen, Notice, Summary, Verdict, of
from bench.stats.fitness import sentences
from bench.views.parts import Line, Part
from experiments.registry import label

WIDE = 200  # columns, where no terminal has a width
ROOMY = 150  # columns: a line for a run, with all contenders and a few words of its note


def table(experiment: str, rows: Sequence[Any], notices: Sequence[Notice], columns: int = WIDE) -> RenderableType:
    """All that is known of a run, however far it came, for a terminal of that width."""
    if not rows:
        return Text("No results.")
    sketch = scenario(experiment).sketch
    above = sketch(rows, columns) if sketch else ()
    return Group(*map(_renderable, [*above, *parts(experiment, rows, notices)]))


def parts(experiment: str, rows: Sequence[Any], notices: Sequence[Notice]) -> list[Part]:
    """The same without a picture of letters: Tables and Lines, one after the other."""
    return [*scenario(experiment).table(rows, notices), *_sentences(notices), *_machine(notices), *_verdict(notices)]


def run_list(runs: Sequence[dict[str, Any]], columns: int) -> RenderableType:
    """A line a run; where there is no room for it, two."""
    shown = rich.Table(box=None, pad_edge=False, header_style="bold")
    for name in ("run", "experiment", "state", "created", "requests", "contenders", "note"):
        shown.add_column(name, no_wrap=name != "note")
    narrow = Text()
    for run in runs:
        first = [run["id"], run["experiment"], run["state"], run["created"][:16].replace("T", " ")]
        second = [label(run["experiment"], run["params"]), " ".join(run["contenders"]), run["note"]]
        shown.add_row(*first, *second)
        narrow.append("{} {:<12} {:<9} {}\n".format(*first)).append(f"  {'  '.join(second).rstrip()}\n", "dim")
    return shown if columns >= ROOMY else narrow


def _sentences(notices: Sequence[Notice]) -> Iterable[Part]:
    """Of a run that came to its end; those of earlier versions have none."""
    for summary in of(Summary, notices)[-1:]:
        yield from map(Line, summary.sentences)


def _machine(notices: Sequence[Notice]) -> Iterable[Part]:
    """As it was before the run; runs of earlier versions do not have it."""
    for seen in of(MachineSeen, notices)[-1:]:
        yield from (Line(f"Before the run: {each}", "dim" if seen.fit else "yellow") for each in sentences(seen))


def _verdict(notices: Sequence[Notice]) -> Iterable[Part]:
    for verdict in of(Verdict, notices)[-1:]:
        if verdict.noisy:
            what = f" in {verdict.figure}" if verdict.figure else ""
            noisy = f"Noisy: repeats vary by {verdict.spread_pct:.0f} %{what} (limit {verdict.bound_pct:.0f} %)."
            yield Line(noisy, "yellow")
        for warning in verdict.doubts:
            yield Line(_warning(warning), "yellow")
        for each in verdict.advice:
            yield Line(f"Suggestion: {each}")


def _warning(warning: dict[str, Any] | str) -> str:
    if isinstance(warning, str):  # of a run that was recorded by an earlier version
        return f"Validity warning: {warning}"
    often = f" ({warning['points']} of {warning['of']} measurements)" if warning.get("of", 1) > 1 else ""
    return f"Validity warning{often}: {warning['text']}"


def _renderable(part: Part) -> RenderableType:
    if isinstance(part, Line):
        return Text(part.text, style=part.style)
    shown = rich.Table(box=None, pad_edge=False, header_style="bold")
    for number, name in enumerate(part.head):
        text = name in ("contender", "via", "phase", "protocol", "") or not number
        # Folded where there is no room: a figure that is cut is another figure.
        shown.add_column(name, justify="left" if text else "right", no_wrap=not number, overflow="fold")
    for line in part.lines:
        shown.add_row(*line)
    return shown
