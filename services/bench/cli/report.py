"""What a command prints of a run: for a person, as JSON or as Markdown; results to stdout, all else to stderr."""

import json
import sys
from typing import Any, NoReturn

import click

from bench.cli.tables import WIDE, table
from bench.cli.terminal import Screen
from bench.cli.text import write
from bench.experiments.registry import scenario, scenarios
from bench.notices import Notice
from experiments.registry import EXPERIMENTS
from experiments.schema.samples import Sample

errors = Screen(stderr=True)


def rows_of(run: dict[str, Any], documents: list[dict[str, Any]]) -> list[Any]:
    return EXPERIMENTS[run["experiment"]].rows(documents)


def print_run(run: dict[str, Any], rows: list[Sample], notices: list[Notice]) -> None:
    output = screen()
    output.print(table(run["experiment"], rows, notices, output.width))
    if run["error"]:
        errors.print(f"{run['state']}: {run['error']}", style="red")
    elif run["state"] != "done":
        errors.print(f"{run['state']}: partial results above", style="yellow")


def print_markdown(run: dict[str, Any], rows: list[Sample]) -> None:
    markdown = scenario(run["experiment"]).markdown
    if markdown is None:
        able = " and ".join(sorted((name for name, each in scenarios().items() if each.markdown), reverse=True))
        wanted = f"for {run['experiment']}: json, csv, png or html"
        raise click.UsageError(f"Markdown is for {able}; {wanted}.")
    write(markdown(run["params"], rows) + "\n")


def print_json(run: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    click.echo(json.dumps({"run": run, "results": rows}))


def screen() -> Screen:
    """As wide as it needs to be where nobody looks: a pipe has no width, and Rich would fold at 80."""
    return Screen() if sys.stdout.isatty() else Screen(width=WIDE)


def fail(text: str) -> NoReturn:
    errors.print(text, style="red")
    sys.exit(1)
