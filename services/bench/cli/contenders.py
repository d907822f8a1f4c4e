"""The contenders of a run: those that its command line names, or those that fit."""

from typing import Any

import click

from bench.cli.names import ALL
from bench.target import replicas
from contender.catalogue import CONTENDERS, DEFAULTS, IMAGE, OWN, SLOTS, command
from experiments.schema.workloads import REQUEST


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
        if name not in DEFAULTS and not replicas.is_running(name):
            raise click.UsageError(f"{name} is down. Start it: {command(name)}")
    return chosen


def _default_contenders(params: dict[str, Any], *, sets_workers: bool) -> list[str]:
    """Those that always start; for the user's own request, the servers that run that application.

    An image beside them is left out where numbers of workers are tried; alone, it is refused by name.
    """
    if params["workload"] != REQUEST:
        return list(DEFAULTS)
    own = [name for name in OWN if replicas.is_running(name)]
    if not own:
        start = "scripts/try path/to/app.py:app"
        raise click.UsageError(f"Your application is not running. Start it: {start}; or pass --contender NAME.")
    return [name for name in own if not sets_workers or name != IMAGE] or own


def _all(params: dict[str, Any], *, sets_workers: bool) -> list[str]:
    """The usual ones and those of the profiles that are up, as far as they serve the workload."""
    if params["workload"] == REQUEST:
        return _default_contenders(params, sets_workers=sets_workers)
    return [name for name in CONTENDERS if name in DEFAULTS or (name not in OWN + SLOTS and replicas.is_running(name))]
