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
from bench.cli.terminal import Screen, printable, shortened, write
from bench.messages import Noticed, Row
from bench.runner.recorder import Recorder
from bench.runner.records import Busy, Lease, Lost, Records, Refused, Unreachable
from bench.runner.run import Outcome, exclusive, execute, still_waiting
from bench.runner.task import Task
from bench.target.replicas import is_there
from contender.catalogue import CONTENDERS, DEFAULTS, OWN, command
from experiments.masked import masked
from experiments.registry import EXPERIMENTS, REQUEST, Experiment, unfit

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


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Measures the contenders. Each experiment answers a question; `bench race --help` lists its options."""


def _command(experiment: Experiment) -> click.Command:
    every: list[click.Parameter] = [
        click.Option(
            ["--contender", "contenders"],
            type=click.Choice(CONTENDERS),
            multiple=True,
            help=f"Which to measure; may be given several times.  [{', '.join(DEFAULTS)}; with --path yours]",
        ),
        *options.options(experiment),
        click.Option(["--direct"], is_flag=True, help="Bypass nginx: measure the contender alone."),
        click.Option(["--note"], default="", help="Kept with the run."),
        click.Option(["--tag", "tags"], multiple=True, help="Kept with the run; may be given several times."),
        click.Option(["--no-save"], is_flag=True, help="Keep no record of the run."),
        click.Option(["--json", "as_json"], is_flag=True, help="One JSON object on standard output, and nothing else."),
    ]
    if experiment.name == "advise":
        every.append(
            click.Option(["--markdown"], is_flag=True, help="The answer for a pull request, and nothing else.")
        )

    def run(**given: Any) -> None:
        _run(experiment, **given)

    return click.Command(
        experiment.name, params=every, callback=run, help=experiment.description, short_help=experiment.title
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
    **given: Any,
) -> NoReturn:
    params = options.read(experiment, given)
    chosen = list(dict.fromkeys(contenders)) or _usual(params)
    _refuse_absent(chosen)
    if (reason := unfit(experiment.read(params), chosen)) is not None:
        raise click.UsageError(reason)
    new = {"experiment": experiment.name, "params": params, "contenders": chosen, "note": note, "tags": list(tags)}
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `docker stop` is Ctrl-C from elsewhere
    try:
        waiting = _waiting()
        with exclusive(waiting):
            run, rows, notices = _executed(new, None if no_save else Records(RECORDS), waiting)
    except KeyboardInterrupt:
        _fail("Interrupted before there was a run, or twice; `bench list` has what was kept.")
    except OSError as error:
        _fail(f"The lock of the lab's benches cannot be had: {error}.")
    if as_json:
        _echo(run, rows)
    elif markdown and rows:
        _echo_markdown(run, rows)
    else:
        _print(run, rows, notices)
        if run["id"]:
            _errors.print(f"Kept: bench show {run['id']}", soft_wrap=True)
    sys.exit(run["state"] != "done")


def _usual(params: dict[str, Any]) -> list[str]:
    """Those that start by themselves; of a request of the user's own the servers that have his application."""
    if params["workload"] != REQUEST:
        return list(DEFAULTS)
    own = [name for name in OWN if is_there(name)]
    if not own:
        start = "scripts/try path/to/app.py:app"
        raise click.UsageError(
            f"No application of yours is up. Start it: {start}; or name a contender: --contender NAME."
        )
    return own


def _refuse_absent(chosen: list[str]) -> None:
    """Those of a profile that was not asked for."""
    for name in chosen:
        if name not in DEFAULTS and not is_there(name):
            raise click.UsageError(f"{name} is not up. Start it: {command(name)}")


def _waiting() -> Any:
    announced = False

    def waiting() -> None:
        nonlocal announced
        if not announced:
            _errors.print("Another run is being measured; this one begins when it has ended.")
        announced = True

    return waiting


def _executed(
    new: dict[str, Any], records: Records | None, waiting: Callable[[], None]
) -> tuple[dict[str, Any], list[Row], list[Noticed]]:
    from bench.cli.progress import View  # noqa: PLC0415 Rich's widgets are for the command line only

    task, new = Task.of(new), new | {"params": masked(new["params"])}  # what is sent, and what is stored and shown
    lease = _begun(new, records, waiting) if records is not None else None
    recorder = Recorder(records, lease) if records is not None and lease is not None else None
    started = _now()
    with View(new["experiment"], _errors) as view:
        outcome = execute(task, recorder, view)
    if records is not None and lease is not None:
        return _kept(records, lease, outcome), view.rows, view.notices
    return _unkept(new, outcome, started), view.rows, view.notices


def _begun(new: dict[str, Any], records: Records, waiting: Callable[[], None]) -> Lease:
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
        _fail(f"{error} Start the lab (docker compose up -d --wait), or measure without a record: --no-save")


def _kept(records: Records, lease: Lease, outcome: Outcome) -> dict[str, Any]:
    try:
        return records.run(lease.run["id"])
    except Unreachable, Lost:
        return lease.run | {"state": outcome.state, "error": outcome.error, "environment": outcome.environment}


def _unkept(new: dict[str, Any], outcome: Outcome, started: str) -> dict[str, Any]:
    """A run like those of the records, but without an id."""
    progress = 1 if outcome.state == "done" else 0
    times = {"created": started, "started": started, "finished": _now()}
    ended = {"state": outcome.state, "progress": progress, "environment": outcome.environment, "error": outcome.error}
    return {"id": None, **new, **ended, **times}


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _print(run: dict[str, Any], rows: list[Row], notices: list[Noticed]) -> None:
    from bench.cli.tables import table  # noqa: PLC0415

    output = _output()
    output.print(table(run["experiment"], rows, notices, output.width))
    if run["error"]:
        _errors.print(f"{run['state']}: {run['error']}", style="red")
    elif run["state"] != "done":
        _errors.print(f"{run['state']}: this is what was measured until then", style="yellow")


def _echo_markdown(run: dict[str, Any], rows: list[Row]) -> None:
    from bench.cli.tables import advice_as_markdown  # noqa: PLC0415

    write(advice_as_markdown(run["params"], rows) + "\n")


def _echo(run: dict[str, Any], rows: list[Row]) -> None:
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
@click.option("--json", "as_json", is_flag=True, help="A JSON array on standard output.")
def list_(limit: int, as_json: bool) -> None:
    """The newest runs of the records."""
    runs = _read(lambda records: records.runs(limit))
    if as_json:
        click.echo(json.dumps(runs))
        return
    from bench.cli.tables import listed  # noqa: PLC0415

    output = _output()
    output.print(listed(runs, output.width) if runs else "There are no runs yet: bench race")


@main.command()
@click.argument("run_id", metavar="RUN", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def show(run_id: UUID, as_json: bool) -> None:
    """One run as a table, as it was printed when it ended."""
    run, rows = _read(lambda records: (records.run(run_id), records.results(run_id)))
    if as_json:
        _echo(run, rows)
        return
    if run["state"] in ("queued", "running"):
        _fail(f"The run is {run['state']}: show it when it has ended, or watch /starlette/runs/{run_id}/events.")
    _print(run, rows, _notices(run_id))


def _notices(run_id: UUID) -> list[Noticed]:
    return _read(lambda records: [Noticed(*each) for each in records.notices(run_id)])


@main.command()
@click.argument("run_id", metavar="RUN", type=click.UUID)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["json", "csv", "png", "md", "html"]),
    default="json",
    help="json (run and results), csv (results), png (a picture), html (a page of all of it), md (of protocols and "
    "advise).  [json]",
)
def export(run_id: UUID, kind: str) -> None:
    """One run's results on standard output: bench export RUN --format png > race.png"""
    if kind == "csv":
        write(_read(lambda records: records.table(run_id)))
        return
    run, rows = _read(lambda records: (records.run(run_id), records.results(run_id)))
    if kind == "json":
        _echo(run, rows)
        return
    if kind == "md":
        if run["experiment"] == "advise":
            _echo_markdown(run, rows)
            return
        if run["experiment"] != "protocols":
            wanted = f"the run is of {run['experiment']}: json, csv, png or html"
            raise click.UsageError(f"Markdown is for protocols and advise; {wanted}.")
        from bench.cli.tables import grid  # noqa: PLC0415

        write(grid(rows) + "\n")
        return
    if kind == "html":
        from bench.cli.page import page  # noqa: PLC0415 as below

        write(page(run, rows, _notices(run_id)) + "\n")
        return
    if sys.stdout.isatty():
        raise click.UsageError(
            "A picture is no text for a terminal; send it to a file: bench export RUN --format png > run.png"
        )
    if not rows:
        _fail("The run has no results to draw.")
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
    """Measures the runs of the queue, one after the other, for ever. `docker compose up` starts one."""
    from bench.runner.queue import work as forever  # noqa: PLC0415

    forever(Records(RECORDS))


@main.command()
def generate() -> None:
    """Makes its share of a load when a bench asks for it (`--generators`), for ever."""
    from bench.runner.generate import generate as forever  # noqa: PLC0415

    forever()


for each in EXPERIMENTS.values():
    main.add_command(_command(each))
