"""Looks at the application before it is served: `wsgi` or `asgi` is the last line, or else what is wrong with it."""

import importlib
import inspect
import os
import sys
import traceback
from pathlib import Path

from own import Mistaken, interface, load
from own.settings import INTERFACE, TARGET, environment

APP = Path("/app")  # where the image has the user's folder
CONFLICTS = Path("/requirements/conflicts")  # what `pip check` had to say: own/requirements.py
RESERVED = ("contender", "own")  # packages of the lab's, which are found first
LINES = 8  # of a traceback's end

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
    os.environ.update(environment())
    try:
        found = _interface(TARGET, INTERFACE)
    except Mistaken as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 1
    for note in _notes(found):
        sys.stderr.write(f"note: {note}\n")
    sys.stdout.write(f"\n{found}\n")
    return 0


def _interface(target: str, wanted: str) -> str:
    """Raises Mistaken."""
    for name in RESERVED:
        if (APP / name).is_dir() or (APP / f"{name}.py").is_file():
            raise Mistaken(
                f"{name} is the name of a package of the lab's own, which would be found first: rename yours."
            )
    try:
        app = load(target)
    except Mistaken:
        raise
    except ModuleNotFoundError as error:
        raise Mistaken(_missing(target, error)) from None
    except BaseException as error:  # whatever the user's module does, including sys.exit()
        raise Mistaken(f"Importing {target} fails:\n{_tail(error)}") from None
    told = interface(app)
    if wanted and told and told != wanted:
        raise Mistaken(f"{target} {_seen(app, told)}: {told.upper()}; asked for {wanted}.")
    if not (wanted or told):
        raise Mistaken(f"A look at {target} does not tell its interface; say --interface wsgi or --interface asgi.")
    return wanted or str(told)


def _seen(app: object, told: str) -> str:
    if told == "wsgi":
        return "takes environ and start_response"
    return "is a coroutine function" if inspect.iscoroutinefunction(app) else "is called with scope, receive and send"


def _missing(target: str, error: ModuleNotFoundError) -> str:
    module = target.partition(":")[0]
    name = error.name or ""
    if module == name or module.startswith(f"{name}."):
        there = ", ".join(sorted(each.name for each in APP.iterdir())[:12])
        return f"There is no module {name}; the folder has: {there or 'nothing'}."
    remedy = "add it to requirements.txt or pyproject.toml, or give the file that has it: --requirements FILE"
    return f"{name} is not installed: {remedy}.\n{_tail(error)}"


def _tail(error: BaseException) -> str:
    """The end of its traceback, without what is the lab's or Python's own way to the module."""
    way = ("/lab/", "<frozen ", importlib.__file__)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(way)]
    told = [*traceback.format_list(frames), *traceback.format_exception_only(error)]
    return "".join(f"  {line}\n" for line in "".join(told).splitlines()[-LINES:]).rstrip()


def _notes(found: str) -> list[str]:
    notes = [f"package conflict: {line}" for line in _conflicts()]
    drivers = ", ".join(name for module, name in _WAIT_IN_C.items() if module in sys.modules)
    if drivers and found == "wsgi":
        notes.append(
            f"{drivers} waits in C, where no monkey patch reaches: own-gevent will wait there as own-sync does."
        )
    if drivers and found == "asgi":
        notes.append(f"{drivers} waits in C: called in a coroutine, it stops every request of its process.")
    return notes


def _conflicts() -> list[str]:
    try:
        return CONFLICTS.read_text().splitlines()
    except FileNotFoundError:
        return []


if __name__ == "__main__":
    sys.exit(main())
