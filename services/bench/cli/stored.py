"""Earlier runs: the commands that list, show and export what the records have."""

import json
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import click

from bench.cli.names import LAST
from bench.cli.report import fail, print_json, print_markdown, print_run, rows_of, screen
from bench.cli.tables import run_list
from bench.cli.text import write
from bench.notices import Notice
from bench.runner.records import Lost, Records, Refused, Unreachable

SHOWN = 10  # of the runs whose ids begin alike; the others are counted


def list_runs(limit: int, *, as_json: bool) -> None:
    runs = _read(lambda records: records.runs(limit))
    if as_json:
        click.echo(json.dumps(runs))
        return
    output = screen()
    output.print(run_list(runs, output.width) if runs else "No runs yet. Try: scripts/bench race")


def show(name: str, *, as_json: bool) -> None:
    run_id = _read(lambda records: _find_run(records, name))
    run, rows = _read(lambda records: (records.run(run_id), records.results(run_id)))
    if as_json:
        print_json(run, rows)
        return
    if run["state"] in ("queued", "running"):
        fail(f"The run is {run['state']}: wait until it ends, or watch /starlette/runs/{run_id}/events.")
    print_run(run, rows_of(run, rows), _notices(run_id))


def export(name: str, kind: str) -> None:
    run_id = _read(lambda records: _find_run(records, name))
    if kind == "csv":
        write(_read(lambda records: records.table(run_id)))
        return
    run, documents = _read(lambda records: (records.run(run_id), records.results(run_id)))
    if kind == "json":
        print_json(run, documents)
    elif kind == "md":
        print_markdown(run, rows_of(run, documents))
    else:
        _export_picture(run, rows_of(run, documents), kind)


def _export_picture(run: dict[str, Any], rows: list[Any], kind: str) -> None:
    """As PNG, or in a page."""
    if kind == "png" and sys.stdout.isatty():
        raise click.UsageError("Not writing PNG to a terminal; redirect it: bench export RUN --format png > run.png")
    if kind == "png" and not rows:
        fail("The run has no results to plot.")
    from bench.cli import page, picture  # noqa: PLC0415 matplotlib: a second of importing, for these formats only

    notices = _notices(UUID(run["id"]))
    if kind == "html":
        write(page.page(run, rows, notices) + "\n")
    else:
        sys.stdout.buffer.write(picture.png(run, rows, notices))


def _notices(run_id: UUID) -> list[Notice]:
    return _read(lambda records: list(records.notices(run_id)))


def _read[Found](request: Callable[[Records], Found]) -> Found:
    try:
        return request(Records.of_the_lab())
    except Lost as error:
        fail(str(error))
    except Refused as error:
        raise click.UsageError(str(error)) from None
    except Unreachable as error:
        fail(f"{error} Start the lab: docker compose up -d --wait")


def _find_run(records: Records, name: str) -> UUID:
    """Raises click.ClickException if there is none, click.UsageError if there are several."""
    if len(name) == len(str(UUID(int=0))):
        return UUID(name)
    if name == LAST:
        newest = records.runs(1)
        if not newest:
            raise click.ClickException("There are no runs yet.")
        return UUID(newest[0]["id"])
    found = [run for run in records.every_run() if run["id"].startswith(name)]
    if not found:
        raise click.ClickException(f"No run begins with {name}. List them: scripts/bench list")
    if len(found) > 1:
        lines = "\n".join(f"  {run['id']}  {run['experiment']}  {run['created'][:16]}" for run in found[:SHOWN])
        more = f"\n  and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise click.UsageError(f"{len(found)} runs begin with {name}; give more of the id:\n{lines}{more}")
    return UUID(found[0]["id"])
