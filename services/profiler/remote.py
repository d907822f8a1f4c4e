"""Has other Python processes run a module of profiler/inside themselves, between two lines of their own.

sys.remote_exec of CPython 3.14 (PEP 768) takes the name of a file, which both sides have to see at the same place: a
folder of its own in both /tmp, gone afterwards. It needs SYS_PTRACE, and the same version of Python on both sides.
"""

import json
import secrets
import shutil
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from contender.usage import PROC

INSIDE = Path(__file__).with_name("inside")
SHOWN_AS = "/lab/profiler/inside"  # in stacks, whose frames of the lab are left out of a profile
PATIENCE = 15.0  # seconds for all to reply: one whose main thread computes, or sleeps, begins when it is done
POLL = 0.02
LAST = 2.0  # seconds for the last replies, after the load: gevent's and eventlet's workers wake once a second
LARGEST = 32 * 1024 * 1024  # bytes of a reply

ENDED = "the process has ended"

# What a worker runs. It never raises: the exception would be printed to the worker's log. Samples of it, which are no
# request's, are known by the function's name (bench/stats/stacks.py).
SCRIPT = """
def run_for_the_profiler():
    import json, os, time
    began = time.thread_time()
    try:
        module = {{"__name__": "inside"}}
        exec(compile({source!r}, {name!r}, "exec"), module)
        reply = {{"value": module["main"](*{arguments!r})}}
    except Exception as error:
        reply = {{"error": repr(error)}}
    path = "{reply}"
    try:
        with open(path + ".part", "w") as file:
            json.dump(reply | {{"seconds": time.thread_time() - began}}, file)
        os.replace(path + ".part", path)
    except OSError:
        pass  # the profile is over, and its folder gone
run_for_the_profiler()
"""


class SilentError(Exception):
    """A process did not do it; the text says why."""


class Remote:
    """Of any number of processes; each request of one overwrites its last. A context, which leaves no file behind."""

    def __init__(self) -> None:
        self.folder = Path(f"/tmp/profiler-{secrets.token_hex(8)}")
        self._made: dict[int, Path] = {}
        self._number = 0  # of requests, so that no reply is taken for that of another one
        self._due: dict[int, str] = {}  # names of replies

    def __enter__(self) -> Self:
        self.folder.mkdir()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for folder in (*self._made.values(), self.folder):
            shutil.rmtree(folder, ignore_errors=True)

    def send(self, pid: int, module: str, *arguments: str) -> None:
        """Raises SilentError where the process cannot be made to."""
        source = (INSIDE / f"{module}.py").read_text("utf-8")
        self._number += 1
        self._due[pid] = f"{pid}-{self._number}"
        name, reply = f"{SHOWN_AS}/{module}.py", str(self.folder / self._due[pid])
        script = SCRIPT.format(source=source, name=name, arguments=arguments, reply=reply)
        file = f"{pid}.py"  # a process each: another one in this container may not have read its own yet
        try:
            (self._theirs(pid) / file).write_text(script, "utf-8")
        except FileNotFoundError:
            raise SilentError(ENDED) from None
        except OSError as error:
            raise SilentError(f"no file can be written to its /tmp ({error.strerror})") from None
        (self.folder / file).touch()  # its existence is looked at here, too
        try:
            sys.remote_exec(pid, str(self.folder / file))
        except (OSError, RuntimeError, ValueError) as error:
            raise SilentError(_reason(error)) from None

    def reply(self, pid: int) -> dict[str, Any] | None:
        """Its `value` and the `seconds` of CPU time that it took, once; None until then."""
        path = self._theirs(pid) / self._due.get(pid, "none")
        with suppress(OSError):
            if path.is_symlink() or path.stat().st_size > LARGEST:
                return None
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
            path.unlink()
            return found
        return None

    def call(self, pids: Iterable[int], module: str, *arguments: str) -> dict[int, dict[str, Any]]:
        """The replies of all of them. Raises SilentError."""
        missing, found = set(pids), {}
        for pid in sorted(missing):
            self.send(pid, module, *arguments)
        end = time.monotonic() + PATIENCE
        while missing:
            for pid in list(missing):
                if (reply := self.reply(pid)) is not None:
                    found[pid] = reply
                    missing.discard(pid)
            if missing and time.monotonic() > end:
                raise SilentError(
                    f"process {min(missing)} ran no line of Python within {PATIENCE:g} s; look at its log"
                )
            time.sleep(POLL)
        if errors := [reply["error"] for reply in found.values() if "error" in reply]:
            raise SilentError(errors[0])
        return found

    def _theirs(self, pid: int) -> Path:
        """The folder as the other process sees it, in which any user of it may write."""
        if pid not in self._made:
            folder = PROC / str(pid) / "root" / self.folder.relative_to("/")
            with suppress(FileExistsError):  # of another process in the same container
                folder.mkdir()
                folder.chmod(0o777)
            self._made[pid] = folder
        return self._made[pid]


def _reason(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "the engine does not let it reach into processes (SYS_PTRACE), or remote debugging is switched off there"
    if isinstance(error, ProcessLookupError):
        return ENDED
    return f"it runs no CPython {'.'.join(map(str, sys.version_info[:2]))} that can be reached ({error})"


def has_greenlets(pid: int) -> bool:
    """Whether it has loaded the extension."""
    try:
        with open(PROC / str(pid) / "maps", encoding="utf-8", errors="replace") as lines:
            return any("/greenlet/" in line for line in lines)
    except OSError:
        return False
