"""The command line: an experiment a command, and the records of earlier runs."""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import UUID

import click

from bench.cli import options
from bench.cli.names import ALL, Contender, RunName, choose, find_run
from bench.cli.terminal import Screen, printable, shortened, write
from bench.notices import MachineSeen, Notice
from bench.runner.recorder import Recorder
from bench.runner.records import Busy, Lease, Lost, Records, Refused, Unreachable
from bench.runner.run import Outcome, exclusive, execute, still_waiting
from bench.runner.task import Task
from contender.catalogue import CONTENDERS, DEFAULTS, SLOTS
from experiments.registry import EXPERIMENTS, label
from experiments.schema.experiment import Experiment
from experiments.schema.masked import mask
from experiments.schema.params import unfit
from experiments.schema.samples import Sample

RECORDS = os.environ.get("RECORDS_URL", "http://records:8000")

_errors = Screen(stderr=True)


class _Commands(click.Group):
    """In their order; and a mistake repeats neither the control characters nor all of the text that it is about."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise click.UsageError(printable(shortened(error.format_message())), error.ctx) from None

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [*EXPERIMENTS, "list", "show", "export", "work", "generate"]


PAIR = 2  # contenders of an experiment that compares two


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
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
        _run(experiment, **arguments)

    return click.Command(
        experiment.name,
        params=every,
        callback=run,
        help=experiment.description,
        short_help=experiment.title,
        epilog=f"Contenders: {', '.join(CONTENDERS)}.",
    )


def _run(  # noqa: PLR0913 -- the options of every experiment
    experiment: Experiment,
    *,
    contenders: tuple[str, ...],
    note: str,
    tags: tuple[str, ...],
    no_save: bool,
    as_json: bool,
    markdown: bool = False,
    **arguments: Any,
) -> NoReturn:
    params = options.read(experiment, arguments)
    model = experiment.model
    chosen = choose(contenders, params, sets_workers=model.sets_workers, pair=model.contenders == PAIR)
    if (reason := unfit(experiment.read(params), chosen)) is not None:
        raise click.UsageError(reason)
    new = {"experiment": experiment.name, "params": params, "contenders": chosen, "note": note, "tags": list(tags)}
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `docker stop` is Ctrl-C from elsewhere
    try:
        waiting = _waiting()
        with exclusive(waiting):
            run, rows, notices = _measure(new, None if no_save else Records(RECORDS), waiting)
    except KeyboardInterrupt:
        _fail("Interrupted; scripts/bench list shows what was saved.")
    except OSError as error:
        _fail(f"Cannot acquire the bench lock: {error}.")
    if as_json:
        _echo(run, rows)
    elif markdown and rows:
        _echo_markdown(run, _rows(run, rows))
    else:
        # How the machine was is printed at the beginning already.
        _print(run, _rows(run, rows), [each for each in notices if not isinstance(each, MachineSeen)])
        if run["id"]:
            _errors.print(f"Saved: scripts/bench show {run['id']}", soft_wrap=True)
    sys.exit(run["state"] != "done")


def _waiting() -> Any:
    announced = False

    def waiting() -> None:
        nonlocal announced
        if not announced:
            _errors.print("Another run is in progress; this one starts when it ends.")
        announced = True

    return waiting


def _measure(
    new: dict[str, Any], records: Records | None, waiting: Callable[[], None]
) -> tuple[dict[str, Any], list[dict[str, Any]], list[Notice]]:
    from bench.cli.progress import View  # noqa: PLC0415 Rich's widgets are for the command line only

    task, new = Task.of(new), new | {"params": mask(new["params"])}  # what is sent, and what is stored and shown
    lease = _lease(new, records, waiting) if records is not None else None
    recorder = Recorder(records, lease) if records is not None and lease is not None else None
    started = _now()
    with View(new["experiment"], _errors) as view:
        outcome = execute(task, recorder, view)
    if records is not None and lease is not None:
        return _stored_run(records, lease, outcome), view.rows, view.notices
    return _unsaved_run(new, outcome, started), view.rows, view.notices


def _lease(new: dict[str, Any], records: Records, waiting: Callable[[], None]) -> Lease:
    """Once no bench measures: those of this machine wait for its lock, those of others for the records' word."""
    from bench.runner.queue import name  # noqa: PLC0415

    try:
        while True:
            try:
                return records.begin(new, name())
            except Busy:
                still_waiting(waiting)
    except Refused as error:
        raise click.UsageError(str(error)) from None
    except Unreachable as error:
        _fail(f"{error} Start the lab (docker compose up -d --wait), or skip saving: --no-save")


def _stored_run(records: Records, lease: Lease, outcome: Outcome) -> dict[str, Any]:
    try:
        return records.run(lease.run["id"])
    except Unreachable, Lost:
        return lease.run | {"state": outcome.state, "error": outcome.error, "environment": outcome.environment}


def _unsaved_run(new: dict[str, Any], outcome: Outcome, started: str) -> dict[str, Any]:
    """A run like those of the records, but without an id."""
    progress = 1 if outcome.state == "done" else 0
    times = {"created": started, "started": started, "finished": _now()}
    ended = {"state": outcome.state, "progress": progress, "environment": outcome.environment, "error": outcome.error}
    return {"id": None, **new, "label": label(new["experiment"], new["params"]), **ended, **times}


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _print(run: dict[str, Any], rows: list[Sample], notices: list[Notice]) -> None:
    from bench.cli.tables import table  # noqa: PLC0415

    output = _output()
    output.print(table(run["experiment"], rows, notices, output.width))
    if run["error"]:
        _errors.print(f"{run['state']}: {run['error']}", style="red")
    elif run["state"] != "done":
        _errors.print(f"{run['state']}: partial results above", style="yellow")


def _echo_markdown(run: dict[str, Any], rows: list[Sample]) -> None:
    from bench.experiments.registry import scenario, scenarios  # noqa: PLC0415 of no use to help

    markdown = scenario(run["experiment"]).markdown
    if markdown is None:
        able = " and ".join(sorted((name for name, each in scenarios().items() if each.markdown), reverse=True))
        wanted = f"for {run['experiment']}: json, csv, png or html"
        raise click.UsageError(f"Markdown is for {able}; {wanted}.")
    write(markdown(run["params"], rows) + "\n")


def _echo(run: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    click.echo(json.dumps({"run": run, "results": rows}))


def _output() -> Screen:
    """As wide as it needs to be where nobody looks: a pipe has no width, and Rich would fold at 80."""
    from bench.cli.tables import WIDE  # noqa: PLC0415

    return Screen() if sys.stdout.isatty() else Screen(width=WIDE)


def _fail(text: str) -> NoReturn:
    _errors.print(text, style="red")
    sys.exit(1)


# --- earlier runs -----------------------------------------------------------------------------------------


@main.command("list")
@click.option("--limit", type=click.IntRange(1, 100), default=20, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array to stdout.")
def list_(limit: int, as_json: bool) -> None:
    """List the latest saved runs."""
    runs = _read(lambda records: records.runs(limit))
    if as_json:
        click.echo(json.dumps(runs))
        return
    from bench.cli.tables import listed  # noqa: PLC0415

    output = _output()
    output.print(listed(runs, output.width) if runs else "No runs yet. Try: scripts/bench race")


@main.command()
@click.argument("name", metavar="RUN", type=RunName())
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object to stdout.")
def show(name: str, as_json: bool) -> None:
    """Show a run as it was printed at the end. RUN: its id, the beginning of it, or last."""
    run_id = _read(lambda records: find_run(records, name))
    run, rows = _read(lambda records: (records.run(run_id), records.results(run_id)))
    if as_json:
        _echo(run, rows)
        return
    if run["state"] in ("queued", "running"):
        _fail(f"The run is {run['state']}: wait until it ends, or watch /starlette/runs/{run_id}/events.")
    _print(run, _rows(run, rows), _notices(run_id))


def _rows(run: dict[str, Any], documents: list[dict[str, Any]]) -> list[Any]:
    return EXPERIMENTS[run["experiment"]].rows(documents)


def _notices(run_id: UUID) -> list[Notice]:
    return _read(lambda records: list(records.notices(run_id)))


@main.command()
@click.argument("name", metavar="RUN", type=RunName())
@click.option(
    "--format",
    "kind",
    type=click.Choice(["json", "csv", "png", "md", "html"]),
    default="json",
    help="json (run and results), csv (results), png (chart), html (full report), md (protocols and advise only).  "
    "[default: json]",
)
def export(name: str, kind: str) -> None:
    """Export a run to stdout: bench export last --format png > race.png. RUN: its id, the beginning of it, or last."""
    run_id = _read(lambda records: find_run(records, name))
    if kind == "csv":
        write(_read(lambda records: records.table(run_id)))
        return
    run, documents = _read(lambda records: (records.run(run_id), records.results(run_id)))
    if kind == "json":
        _echo(run, documents)
        return
    rows = _rows(run, documents)
    if kind == "md":
        _echo_markdown(run, rows)
        return
    if kind == "html":
        from bench.cli.page import page  # noqa: PLC0415 as below

        write(page(run, rows, _notices(run_id)) + "\n")
        return
    if sys.stdout.isatty():
        raise click.UsageError("Not writing PNG to a terminal; redirect it: bench export RUN --format png > run.png")
    if not rows:
        _fail("The run has no results to plot.")
    from bench.cli.picture import png  # noqa: PLC0415 a second of importing, for this format only

    sys.stdout.buffer.write(png(run, rows, _notices(run_id)))


def _read[Found](request: Callable[[Records], Found]) -> Found:
    try:
        return request(Records(RECORDS))
    except Lost as error:
        _fail(str(error))
    except Refused as error:
        raise click.UsageError(str(error)) from None
    except Unreachable as error:
        _fail(f"{error} Start the lab: docker compose up -d --wait")


@main.command()
def work() -> None:
    """Process queued runs one at a time, forever. `docker compose up` starts one."""
    from bench.runner.queue import work as forever  # noqa: PLC0415

    forever(Records(RECORDS))


@main.command()
def generate() -> None:
    """Serve as a load generator for a bench (`--generators`), forever."""
    from bench.runner.generate import generate as forever  # noqa: PLC0415

    forever()


for each in EXPERIMENTS.values():
    main.add_command(_command(each))
