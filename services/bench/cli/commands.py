"""The command line: an experiment a command, and the records of earlier runs.

What a command does is in a module that is imported when the command runs: help needs none of them.
"""

from importlib import import_module
from typing import Any

import click

from bench.cli import options
from bench.cli.names import ALL, PAIR, Contender, RunName
from bench.cli.text import printable, shorten
from contender.catalogue import CONTENDERS, DEFAULTS, SLOTS
from experiments.registry import EXPERIMENTS
from experiments.schema.experiment import Experiment


class _Commands(click.Group):
    """In their order; and a mistake repeats neither the control characters nor all of the text that it is about."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise click.UsageError(printable(shorten(error.format_message())), error.ctx) from None

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [*EXPERIMENTS, "list", "show", "export", "work", "generate"]


# Of each command, too: click keeps the option of the first context that it meets, which may be without the group's.
HELP = {"help_option_names": ["-h", "--help"]}


@click.group(cls=_Commands, context_settings=HELP)
def main() -> None:
    """Measure the contenders. Each experiment is a command; `bench race --help` lists its options."""


def _contender_help(experiment: Experiment) -> str:
    if experiment.model.contenders == PAIR:
        return f"Contender to measure, two of them.  [default: {', '.join(SLOTS)}, of scripts/ab]"
    usual = f"[default: {', '.join(DEFAULTS)}; with --path: yours]"
    return f"Contender to measure; repeatable; {ALL}: all that are up.  {usual}"


def _command(experiment: Experiment) -> click.Command:
    every: list[click.Parameter] = [
        click.Option(
            ["--contender", "contenders"],
            type=Contender(),
            metavar="NAME",
            multiple=True,
            help=_contender_help(experiment),
        ),
        *options.options(experiment),
        click.Option(["--direct"], is_flag=True, help="Bypass nginx: measure the contender alone."),
        click.Option(["--note"], metavar="TEXT", default="", help="Note on the run."),
        click.Option(["--tag", "tags"], metavar="TEXT", multiple=True, help="Tag on the run; repeatable."),
        click.Option(["--no-save"], is_flag=True, help="Do not save the run."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print only one JSON object to stdout."),
    ]
    if experiment.markdown:
        every.append(click.Option(["--markdown"], is_flag=True, help="Print only Markdown, for a pull request."))

    def run(**arguments: Any) -> None:
        import_module("bench.cli.measure").measure(experiment.name, **arguments)

    return click.Command(
        experiment.name,
        params=every,
        callback=run,
        context_settings=HELP,
        help=experiment.description,
        short_help=experiment.title,
        epilog=f"Contenders: {', '.join(CONTENDERS)}.",
    )


@main.command("list", context_settings=HELP)
@click.option("--limit", type=click.IntRange(1, 100), default=20, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array to stdout.")
def list_(limit: int, as_json: bool) -> None:
    """List the latest saved runs."""
    import_module("bench.cli.stored").list_runs(limit, as_json=as_json)


@main.command(context_settings=HELP)
@click.argument("name", metavar="RUN", type=RunName())
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object to stdout.")
def show(name: str, as_json: bool) -> None:
    """Show a run as it was printed at the end. RUN: its id, the beginning of it, or last."""
    import_module("bench.cli.stored").show(name, as_json=as_json)


@main.command(context_settings=HELP)
@click.argument("name", metavar="RUN", type=RunName())
@click.option(
    "--format",
    "kind",
    type=click.Choice(["json", "csv", "png", "md", "html"]),
    default="json",
    help="json (run and results), csv (results), png (chart), html (full report), md (protocols, advise, ab).  "
    "[default: json]",
)
def export(name: str, kind: str) -> None:
    """Export a run to stdout: bench export last --format png > race.png. RUN: its id, the beginning of it, or last."""
    import_module("bench.cli.stored").export(name, kind)


@main.command(context_settings=HELP)
def work() -> None:
    """Process queued runs one at a time, forever. `docker compose up` starts one."""
    import_module("bench.runner.queue").work()


@main.command(context_settings=HELP)
def generate() -> None:
    """Serve as a load generator for a bench (`--generators`), forever."""
    import_module("bench.runner.generate").generate()


for each in EXPERIMENTS.values():
    main.add_command(_command(each))
