"""What a command line names: contenders, and stored runs."""

import re
from typing import Any
from uuid import UUID

import click

from bench.runner.records import Records
from contender.catalogue import CONTENDERS, DEFAULTS, IMAGE, OWN, SLOTS, command
from experiments.schema.workloads import REQUEST

ALL, LAST = "all", "last"
SHORTEST = 4  # characters of an id: the first of each id tell the time to some days
SHOWN = 10  # of the runs whose ids begin alike; the others are counted


class Contender(click.ParamType[str]):
    """One of the catalogue, or all of them; help lists them once, and not in each option."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in (*CONTENDERS, ALL):
            self.fail(f"{value!r} is not a contender; choose from {', '.join(CONTENDERS)}, or {ALL}.", param, ctx)
        return str(value)


class RunName(click.ParamType[str]):
    """A run's id, the beginning of one, or `last`."""

    name = "run"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value != LAST and not re.fullmatch(rf"[0-9a-fA-F-]{{{SHORTEST},36}}", value):
            self.fail(
                f"{value!r} is not a run; give its id, at least {SHORTEST} characters of its beginning, or {LAST}.",
                param,
                ctx,
            )
        return str(value).lower()


def choose(
    names: tuple[str, ...], params: dict[str, Any], *, sets_workers: bool = False, pair: bool = False
) -> list[str]:
    """The contenders of a run, by default the slots of one that compares a pair.

    Raises click.UsageError where one of them is down.
    """
    if ALL in names and not pair:
        return _all(params, sets_workers=sets_workers)
    chosen = list(dict.fromkeys(names)) or (
        list(SLOTS) if pair else _default_contenders(params, sets_workers=sets_workers)
    )
    if pair and len(chosen) < len(names):
        raise click.UsageError(
            f"{', '.join(names)}: one is named twice. Two that do not differ: scripts/ab {names[0]} --same"
        )
    for name in chosen:
        if name not in DEFAULTS and not _is_up(name):
            raise click.UsageError(f"{name} is down. Start it: {command(name)}")
    return chosen


def _is_up(name: str) -> bool:
    from bench.target.replicas import is_running  # noqa: PLC0415 of no use to help

    return is_running(name)


def _default_contenders(params: dict[str, Any], *, sets_workers: bool) -> list[str]:
    """Those that always start; for the user's own request, the servers that run that application.

    An image beside them is left out where numbers of workers are tried; alone, it is refused by name.
    """
    if params["workload"] != REQUEST:
        return list(DEFAULTS)
    own = [name for name in OWN if _is_up(name)]
    if not own:
        start = "scripts/try path/to/app.py:app"
        raise click.UsageError(f"Your application is not running. Start it: {start}; or pass --contender NAME.")
    return [name for name in own if not sets_workers or name != IMAGE] or own


def _all(params: dict[str, Any], *, sets_workers: bool) -> list[str]:
    """The usual ones and those of the profiles that are up, as far as they serve the workload."""
    if params["workload"] == REQUEST:
        return _default_contenders(params, sets_workers=sets_workers)
    return [name for name in CONTENDERS if name in DEFAULTS or (name not in OWN + SLOTS and _is_up(name))]


def find_run(records: Records, name: str) -> UUID:
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
        listed = "\n".join(f"  {run['id']}  {run['experiment']}  {run['created'][:16]}" for run in found[:SHOWN])
        more = f"\n  and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise click.UsageError(f"{len(found)} runs begin with {name}; give more of the id:\n{listed}{more}")
    return UUID(found[0]["id"])
