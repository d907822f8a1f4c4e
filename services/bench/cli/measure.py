"""A run of the command line: measured here, shown while it is, and printed at the end."""

import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn

import click

from bench.cli import options
from bench.cli.contenders import choose
from bench.cli.names import PAIR
from bench.cli.progress import View
from bench.cli.report import errors, fail, print_json, print_markdown, print_run, rows_of
from bench.notices import MachineSeen, Notice
from bench.runner import queue
from bench.runner.recorder import Recorder
from bench.runner.records import Busy, Lease, Lost, Records, Refused, Unreachable
from bench.runner.run import Outcome, exclusive, execute, still_waiting
from bench.runner.task import Task
from experiments.registry import EXPERIMENTS, label
from experiments.schema.masked import masked
from experiments.schema.params import unfit


def measure(  # noqa: PLR0913 -- the options of every experiment
    name: str,
    *,
    contenders: tuple[str, ...],
    note: str,
    tags: tuple[str, ...],
    no_save: bool,
    as_json: bool,
    markdown: bool = False,
    **arguments: Any,
) -> NoReturn:
    experiment = EXPERIMENTS[name]
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
            run, rows, notices = _measure(new, None if no_save else Records.of_the_lab(), waiting)
    except KeyboardInterrupt:
        fail("Interrupted; scripts/bench list shows what was saved.")
    except OSError as error:
        fail(f"Cannot acquire the bench lock: {error}.")
    if as_json:
        print_json(run, rows)
    elif markdown and rows:
        print_markdown(run, rows_of(run, rows))
    else:
        # How the machine was is printed at the beginning already.
        print_run(run, rows_of(run, rows), [each for each in notices if not isinstance(each, MachineSeen)])
        if run["id"]:
            errors.print(f"Saved: scripts/bench show {run['id']}", soft_wrap=True)
    sys.exit(run["state"] != "done")


def _waiting() -> Any:
    announced = False

    def waiting() -> None:
        nonlocal announced
        if not announced:
            errors.print("Another run is in progress; this one starts when it ends.")
        announced = True

    return waiting


def _measure(
    new: dict[str, Any], records: Records | None, waiting: Callable[[], None]
) -> tuple[dict[str, Any], list[dict[str, Any]], list[Notice]]:
    task, new = Task.of(new), new | {"params": masked(new["params"])}  # what is sent, and what is stored and shown
    lease = _lease(new, records, waiting) if records is not None else None
    recorder = Recorder(records, lease) if records is not None and lease is not None else None
    started = _now()
    with View(new["experiment"], errors) as view:
        outcome = execute(task, recorder, view)
    if records is not None and lease is not None:
        return _stored_run(records, lease, outcome), view.rows, view.notices
    return _unsaved_run(new, outcome, started), view.rows, view.notices


def _lease(new: dict[str, Any], records: Records, waiting: Callable[[], None]) -> Lease:
    """Once no bench measures: those of this machine wait for its lock, those of others for the records' word."""
    try:
        while True:
            try:
                return records.begin(new, queue.name())
            except Busy:
                still_waiting(waiting)
    except Refused as error:
        raise click.UsageError(str(error)) from None
    except Unreachable as error:
        fail(f"{error} Start the lab (docker compose up -d --wait), or skip saving: --no-save")


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
