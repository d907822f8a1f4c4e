"""`scripts/drills`: every fault at every target, or some of them, as one table, kept as a JSON document."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from docker.errors import DockerException
from rich.console import Console
from rich.table import Table

from contender.catalogue import CONTENDERS, DEFAULTS, OWN, SLOTS
from drills import faults
from drills.drill import Row, drill, wait_until_stable
from drills.engine import CLIENT, wait_until_healthy
from drills.faults import ALL, NGINX, RECORDS, Fault
from drills.traffic import RATE, Edge, Traffic

KEPT = Path("/drills")  # a volume, which nginx serves at /drills/
EDGE = urlsplit(os.environ.get("EDGE_URL", "http://nginx:8080"))
TARGETS = (*(name for name in CONTENDERS if name not in OWN + SLOTS), RECORDS, NGINX)
USUAL = (*DEFAULTS, RECORDS, NGINX)


def is_hit(fault: Fault, target: str) -> bool:
    return (faults.CONTENDERS if target in CONTENDERS else target) in fault.on


def run_drills(chosen: Iterable[Fault], targets: Iterable[str], edge: Edge) -> dict[str, Any]:
    """Runs the drills, one after the other, and tells each row on standard error as soon as it is there."""
    began, start = datetime.now(UTC), time.monotonic()
    pairs = [(fault, target) for fault in chosen for target in targets if is_hit(fault, target)]
    rows = list[Row]()
    there = tuple(each for each in TARGETS if each in (*USUAL, *targets))
    ended = asyncio.run(_run_drills(pairs, there, edge, rows))
    return {
        "began": began.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "seconds": round(time.monotonic() - start),
        "load": f"{RATE:g} GET/s to each contender (/io?ms=50) and records (/runs?limit=1), via nginx",
        "engine": CLIENT.version()["Version"],
        "cores": len(os.sched_getaffinity(0)),
        "faults": [
            {"name": each.name, "does": each.does, "held": each.held, "by_hand": each.by_hand}
            for each in {fault.name: fault for fault, _ in pairs}.values()
        ],
        "rows": [asdict(row) for row in rows],
        "broken_off": ended,  # why it ended early, else null
    }


async def _run_drills(
    pairs: Iterable[tuple[Fault, str]], there: tuple[str, ...], edge: Edge, rows: list[Row]
) -> str | None:
    """Adds each drill's row as soon as it is there; why it ended early. A signal ends it, with all put back."""
    task = asyncio.current_task()
    assert task is not None
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, task.cancel)
    try:
        await _run_each(pairs, there, edge, rows)
    except asyncio.CancelledError:
        return "stopped by a signal"
    except (LookupError, TimeoutError) as error:
        return str(error)
    return None


async def _run_each(pairs: Iterable[tuple[Fault, str]], there: tuple[str, ...], edge: Edge, rows: list[Row]) -> None:
    traffic = Traffic(tuple(each for each in there if each != NGINX), edge)
    async with traffic.flowing():
        for fault, target in pairs:
            await wait_until_stable(traffic)
            try:
                row = await drill(fault, target, traffic, edge)
            except (AssertionError, DockerException, RuntimeError) as error:  # what the others cost is worth knowing
                click.echo(f"{fault.name:>14} {target:<10} failed: {error}", err=True)
                continue
            click.echo(f"{fault.name:>14} {target:<10} {'does not apply' if row is None else cell(row)}", err=True)
            rows += [] if row is None else [row]
        await wait_until_stable(traffic)
    await asyncio.to_thread(wait_until_healthy, there)


def cell(row: Row) -> str:
    """ "0 of 43 lost, 1.2 s"; what the others lost only where they did."""
    recovery = "> 30 s" if row.recovery_s is None else f"{row.recovery_s:.1f} s"
    others = f", others {row.others_lost} of {row.others_requests}" if row.others_lost else ""
    return f"{row.lost} of {row.requests}{others}, {recovery}"


def table(done: dict[str, Any]) -> Table:
    rows = [Row(**each) for each in done["rows"]]
    targets = [each for each in TARGETS if any(row.target == each for row in rows)]
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("fault", *targets, "repair"):
        shown.add_column(name)
    for fault in done["faults"]:
        cells = {row.target: cell(row) for row in rows if row.fault == fault["name"]}
        by = "manual" if fault["by_hand"] else "automatic"
        shown.add_row(fault["name"], *(cells.get(target, "") for target in targets), by)
    return shown


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("fault", nargs=-1, type=click.Choice(list(ALL)), metavar="[FAULT]...")
@click.option(
    "--on",
    "targets",
    multiple=True,
    type=click.Choice(TARGETS),
    help=f"Target; repeatable.  [{', '.join(USUAL)}]",
)
@click.option("--list", "listing", is_flag=True, help="List the faults and exit.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to stdout instead of the table.")
def main(fault: tuple[str, ...], targets: tuple[str, ...], listing: bool, as_json: bool) -> None:
    """Inject faults under steady load: what each costs the target and the others.

    Each cell: requests lost of those due, and the seconds until latency was back to normal (counted, for a
    fault that lasts, from its end).
    """
    chosen = [ALL[name] for name in dict.fromkeys(fault)] or list(ALL.values())
    if listing:
        for each in chosen:
            click.echo(f"{each.name:>14}  {each.does} ({', '.join(each.on)})")
        return
    whom = [each for each in TARGETS if each in (targets or USUAL)]
    if not any(is_hit(each, target) for each in chosen for target in whom):
        raise click.UsageError(f"{', '.join(each.name for each in chosen)} cannot hit {', '.join(whom)}: see --list")
    done = run_drills(chosen, whom, (EDGE.hostname or "nginx", EDGE.port or 80))
    if done["rows"]:
        keep(done, as_json=as_json)
    if done["broken_off"]:
        raise click.ClickException(done["broken_off"])


def keep(done: dict[str, Any], *, as_json: bool) -> None:
    (KEPT / f"{done['began'].replace(':', '-')}.json").write_text(json.dumps(done))
    if as_json:
        click.echo(json.dumps(done))
    else:
        Console(width=None if sys.stdout.isatty() else 200).print(table(done))
