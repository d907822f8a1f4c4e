"""One mutation in a copy of the tree: whether pytest fails there, and by which test.

A process for each, forked from one that has imported what all of them need: pytest and its plugins take several times
as long to import as a test takes to run.
"""

import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal

import pytest

from tests.mutations.table import CODE, ROOT, Mutation

TIMEOUT = 180.0  # seconds; the slowest test alone takes ten, and ten times as long on a machine that is busy
TIMEOUT_ALL = 1800.0  # of both suites, which take a minute and a half
FOREIGN = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache")
# The table's own test fails for every mutation.
ALL = [*(f"tests/{suite}" for suite in CODE), "--ignore=tests/contract/test_mutations.py", "-x", "--numprocesses=2"]

# Nothing of the project's own, which is different in each copy.
SHARED = (
    "fastapi",
    "hypothesis",
    "requests",
    "rich.console",
    "schemathesis.pytest.plugin",
    "sqlalchemy.ext.asyncio",
    "starlette.testclient",
    "uvicorn",
    "uvloop",
    "yaml",
)
# Of plugins that have been imported already: their assertions are not rewritten, and not ours.
OPTIONS = ["-q", "--no-header", "--tb=line", "-W", "ignore::pytest.PytestAssertRewriteWarning"]

_FAILED = re.compile(r"^(?:SUB)?FAILED.*", re.MULTILINE)

Outcome = Literal["caught", "SURVIVED", "stale", "error"]


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    detail: str  # what failed, or why nothing was proved
    seconds: float = 0.0


def import_shared() -> None:
    for name in SHARED:
        import_module(name)


@dataclass(frozen=True, slots=True)
class Trial:
    """pytest in a copy of the tree, in a process of its own."""

    folder: Path
    pid: int
    timeout: float
    started: float

    def verdict(self) -> Verdict | None:
        """None while it goes on; after the timeout all of its processes are killed."""
        seconds = time.monotonic() - self.started
        late = seconds > self.timeout
        if late:
            os.killpg(self.pid, signal.SIGKILL)
        pid, status = os.waitpid(self.pid, 0 if late else os.WNOHANG)
        if pid == 0:
            return None
        output = (self.folder / "output").read_text("utf-8", "replace")
        shutil.rmtree(self.folder)
        return Verdict(*judge(None if late else os.waitstatus_to_exitcode(status), output), seconds)


def start(arguments: Sequence[str], mutation: Mutation | None = None, timeout: float = TIMEOUT) -> Trial:
    """pytest with these arguments; without a mutation in the unbroken tree. Raises StaleError."""
    started, folder = time.monotonic(), Path(mkdtemp())
    shutil.copytree(ROOT, folder / "lab", ignore=FOREIGN)
    if mutation is not None:
        (folder / "lab" / mutation.file).write_text(mutation.broken(), "utf-8")
    pid = os.fork()
    if pid == 0:
        _become_pytest(folder / "lab", folder / "output", [*OPTIONS, *arguments])
    return Trial(folder, pid, timeout, started)


def _become_pytest(tree: Path, output: Path, arguments: list[str]) -> None:
    """In the process that was forked for it. Nothing of the project is imported yet but this package."""
    code = -1
    try:
        os.setsid()
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT)
        for each in (1, 2):
            os.dup2(descriptor, each)
        os.chdir(tree)
        os.environ["PYTHONPATH"] = str(tree / "services")
        sys.path[:] = [str(tree / "services"), *(each for each in sys.path if not _is_project_s(each))]
        for name in [each for each in sys.modules if each.partition(".")[0] == "tests"]:
            del sys.modules[name]
        code = int(pytest.main(arguments))
    finally:
        os._exit(code)  # without what the parent process would do at its end


def _is_project_s(place: str) -> bool:
    return Path(place).resolve() in (ROOT, ROOT / "services")


def judge(code: int | None, output: str) -> tuple[Outcome, str]:
    """Only a failed test is a catch: not a test that could not be collected, set up, or ended in time."""
    if code is None:
        return "error", "not ended in time"
    if code == 0:
        return "SURVIVED", ""
    if code == 1 and (failed := _FAILED.search(output)):
        return "caught", failed[0]
    return "error", f"exit code {code}: {' '.join(output.split()[-40:])}"
