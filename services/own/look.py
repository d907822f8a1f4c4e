"""Looks at the application in its image before it is served: a failure is reported once, and not by each server.

It is imported in a separate process, whose output and end cannot disturb the look, and which has OWN_PATIENCE seconds.
Standard output gets two lines, Found as JSON and the names of the servers; standard error what users read.
"""

import contextlib
import faulthandler
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from own import ProjectError, servers
from own.description import Description, Found, Source, Target
from own.failures import explain, in_folder
from own.find.requirements import LOCKS
from own.load import interface, load
from own.settings import APP, environment

DESCRIPTION, NOTES = Path("/lab/description.json"), Path("/lab/notes")
START = 60.0  # seconds until the child imports; a machine under load was seen to take two
PATIENCE = float(os.environ.get("OWN_PATIENCE") or 120)  # seconds; a large Django project was seen to import in eight
RESERVED = ("contender", "own")  # packages of the lab's, which are found first
LINES = 8  # of the output of a process that ended without a word

# Extension modules that wait in C, where no monkey patch reaches, by the name that people know.
_WAIT_IN_C = {
    "_sqlite3": "sqlite3",
    "psycopg2._psycopg": "psycopg2",
    "MySQLdb._mysql": "mysqlclient",
    "_mysql_connector": "mysql-connector-python",
    "pyodbc": "pyodbc",
    "cx_Oracle": "cx_Oracle",
    "pymssql._pymssql": "pymssql",
}


def main() -> int:
    description = Description.from_json(DESCRIPTION.read_text())
    try:
        found, notes = look(description, os.environ.get("OWN_INTERFACE", ""))
    except ProjectError as error:
        sys.stderr.write(f"{in_folder(str(error))}\n")
        return 1
    sys.stderr.write(f"{summary(found, description.source)}\n")
    for note in (*_installation_notes(), *description.notes, *notes):
        sys.stderr.write(f"  note: {note}\n")
    sys.stdout.write(f"{found.to_json()}\n{' '.join(found.servers)}\n")
    return 0


def summary(found: Found, source: Source) -> str:
    """One line: what is served, and what was installed for it."""
    served = ", ".join(
        f"{each} ({each.framework or each.interface.upper()})" for each in dict.fromkeys(found.servers.values())
    )
    lock = ", as locked" if source.file in LOCKS else ", with the versions that it pins"
    return f"  {served}; requirements from {source.file}{lock}" if source.file else f"  {served}; no requirements"


def look(description: Description, wanted: str) -> tuple[Found, list[str]]:
    """Raises ProjectError."""
    targets, notes = [], []
    for target in description.targets:
        if wanted and target.interface not in ("", wanted) and len(description.targets) > 1:
            continue
        _refuse_reserved(target)
        result = _import(target, description)
        targets.append(_seen(target, result, wanted))
        notes += _driver_notes(targets[-1], result["drivers"])
    assigned = servers.assign(targets)
    reasons = {server: reason for server in assigned if (reason := servers.unable(server))}
    notes += [f"{server} is left out: {reason}" for server, reason in reasons.items()]
    able = {server: target for server, target in assigned.items() if server not in reasons}
    return Found(able, description.variables), list(dict.fromkeys(notes))


def _seen(target: Target, result: dict[str, Any], wanted: str) -> Target:
    seen = result["interface"] or target.interface
    if wanted and seen and seen != wanted:
        raise ProjectError(f"{target} is {seen.upper()} ({result['type']}): leave out --interface {wanted}.")
    if not (wanted or seen):
        raise ProjectError(
            f"{target} ({result['type']}) does not show its interface: add --interface wsgi or --interface asgi."
        )
    return replace(target, name=result["name"], interface=wanted or seen)


def _refuse_reserved(target: Target) -> None:
    for name in RESERVED:
        for base in {target.base, ".", "src"}:
            if (APP / base / name).is_dir() or (APP / base / f"{name}.py").is_file():
                raise ProjectError(f"{name} collides with one of the lab's own packages: rename yours.")


def _installation_notes() -> list[str]:
    return NOTES.read_text().splitlines() if NOTES.is_file() else []


def _driver_notes(target: Target, drivers: list[str]) -> list[str]:
    names = ", ".join(drivers)
    if drivers and target.interface == "wsgi":
        return [f"{names} waits in C, where no monkey patch reaches: own-gevent waits there as own-sync does"]
    if drivers:
        return [f"{names} waits in C: called in a coroutine, it stops every request of its process"]
    return []


# --- the process that imports -----------------------------------------------------------------------------


def _import(target: Target, description: Description) -> dict[str, Any]:
    """What the child found: interface, name, type and drivers. Raises ProjectError."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        code = _run_child(target, description, place)
        result = place / "result"
        if not result.exists():
            raise ProjectError(_exit_message(target, code, place))
        found: dict[str, Any] = json.loads(result.read_text())
        if "error" in found:
            raise ProjectError(found["error"])
        return found


def _run_child(target: Target, description: Description, place: Path) -> int | None:
    """Its exit code; None for one that did not end."""
    what = [target.module, target.name, target.base, description.source.file]
    command = [sys.executable, "-m", "own.look", json.dumps(what), str(place)]
    own = environment(target, description.variables)
    with (place / "output").open("wb") as output:
        child = subprocess.Popen(
            command,
            cwd=APP / target.base,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            _await_start(child, place)
            return child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # also what it started
            child.wait()


def _await_start(child: subprocess.Popen[bytes], place: Path) -> None:
    """Until it has begun to import: on a busy machine Python takes seconds to get there, which are not the module's."""
    end = time.monotonic() + START
    while child.poll() is None and not (place / "stacks").exists() and time.monotonic() < end:
        time.sleep(0.02)


def child(target: Target, source: str, place: Path) -> None:
    """Writes what it finds to a file, and ends at once, whatever threads and exit handlers the module has left."""
    stacks = (place / "stacks").open("w")
    faulthandler.dump_traceback_later(max(0.1, PATIENCE - 1), file=stacks)
    try:
        app, name = load(target.module, target.name)
        drivers = [name for module, name in _WAIT_IN_C.items() if module in sys.modules]
        result: dict[str, Any] = {
            "interface": interface(app),
            "name": name,
            "type": type(app).__name__,
            "drivers": drivers,
        }
    except ProjectError as error:
        result = {"error": str(error)}
    except BaseException as error:  # whatever the user's module does, including sys.exit()
        result = {"error": explain(target, error, source)}
    (place / "partial").write_text(json.dumps(result))
    (place / "partial").rename(place / "result")
    os._exit(0)


def _exit_message(target: Target, code: int | None, place: Path) -> str:
    if code is None:
        return _endless(target, (place / "stacks").read_text() if (place / "stacks").exists() else "")
    lines = (place / "output").read_text("utf-8", "replace").splitlines()[-LINES:]
    way = f"by the signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return "\n".join([f"importing {target} ends the process {way}.", *(f"  {line}" for line in lines)])


def _endless(target: Target, stacks: str) -> str:
    """The line of the project that is furthest in, of the thread that imports."""
    sentence = f"importing {target} has not ended after {PATIENCE:.0f} s"
    main = stacks.rpartition("most recent call first")[2]
    found = re.search(rf'File "({APP}/[^"]+)", line (\d+)', main)
    if found is None:
        return f"{sentence}. --patience SECONDS gives it longer; --network, if it waits for another host."
    line = Path(found[1]).read_text("utf-8", "replace").splitlines()[int(found[2]) - 1].strip()
    where = f"{sentence}: {found[1]}, line {found[2]}, is\n  {line}\n"
    if re.search(r"\brun|serve|loop|forever|listen", line):
        return f'{where}A line that serves belongs behind `if __name__ == "__main__":`.'
    return f"{where}--patience SECONDS gives it longer; --network, if it waits for another host."


if __name__ == "__main__":
    if len(sys.argv) > 1:
        *what, file = json.loads(sys.argv[1])
        child(Target(*what), file, Path(sys.argv[2]))
    sys.exit(main())
