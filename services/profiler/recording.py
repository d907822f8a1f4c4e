"""One recording: py-spy on the server and its workers, and beside it what /proc says of their threads."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contender.usage import PROC, tree
from profiler.threads import Watch, scheduled

FOLDER = Path("/tmp")
SELDOM = 10  # times as many looks without native frames as with them, of which each costs six times as much
FIRST_LINE = "Sampling process"  # which py-spy prints once it has attached
GRACE = 15.0  # seconds to detach and to write what was found, on a busy machine: milliseconds otherwise

# What py-spy prints, and what it means.
FORBIDDEN = (
    "the engine does not let it trace processes (SYS_PTRACE has no effect under its seccomp or AppArmor profile, or it "
    "is rootless); use an engine that does"
)
NO_PYTHON = (
    "it finds no Python that it can read in this container: another language, a Python without symbols (stripped), or "
    "a version that it does not know"
)
GONE = "the server ended before it could be sampled; look at its log"
REASONS = {
    "permission denied": FORBIDDEN,
    "operation not permitted": FORBIDDEN,
    "no python processes": NO_PYTHON,
    "failed to find python": NO_PYTHON,
    "failed to find a python": NO_PYTHON,
    "unsupported version of python": NO_PYTHON,
    "failed to open process": GONE,
    "no such process": GONE,
}


@dataclass(frozen=True, slots=True)
class Order:
    frequency: int
    native: bool


class UnreadableError(Exception):
    """The server cannot be sampled; the text says why."""


class Recording:
    """Of one after the other; `end` and `close` may be called from another thread."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._closed = False

    def run(self, order: Order, attached: Callable[[], None]) -> dict[str, Any]:
        """Calls `attached` once all processes are sampled, and returns what was found. Raises UnreadableError."""
        if not self._closed:
            self._over.clear()
        own = sum(os.times()[:4])  # CPU time of this process, and of those that it has waited for
        spies: list[_Spy] = []
        try:
            for whole in (True, False):  # the native symbols of all are read before samples of the other kind are taken
                begun = [_Spy(pid, order, whole=whole) for pid in tree(PROC)]
                spies += begun
                _wait_until_sampling(begun)
            began, before = time.monotonic(), scheduled(tree(PROC))
            with Watch() as watch:
                attached()
                self._over.wait()
                seconds, ran = time.monotonic() - began, _since(before)
                for each in spies:
                    each.end()
        finally:
            for each in spies:
                each.end()
            found = [each.finish() for each in spies]
        return {
            "seconds": seconds,
            "processes": [each for each in found if each],
            "own": sum(os.times()[:4]) - own,
            "threads": {tid: (each - watch.inside.get(tid, 0.0), waited) for tid, (each, waited) in ran.items()},
            **watch.found(),
        }

    def end(self) -> None:
        self._over.set()

    def close(self) -> None:
        """Ends the next one, too, which may have been ordered before the bench has gone."""
        self._closed = True
        self._over.set()


class _Spy:
    """py-spy on one process. With --subprocesses it samples each in a thread of its own, and with --native its unwinder
    does not stand that: of twelve recordings of two workers three ended in a segmentation fault, and two never.

    It runs twice: one samples often and pauses nothing, and has those threads that the kernel has as running; the other
    samples seldom, and has the whole: all threads, asleep or not, and native frames, for which it has to pause them.
    """

    def __init__(self, pid: int, order: Order, *, whole: bool) -> None:
        self._whole, self._frequency = whole, max(1, order.frequency // SELDOM) if whole else order.frequency
        self._stacks = FOLDER / f"{pid}.{'whole' if whole else 'running'}"
        self._began = self._ended = 0.0
        command = ["py-spy", "record", "--pid", str(pid), "--threads", "--full-filenames", "--hideprogress"]
        command += ["--format", "raw", "--output", str(self._stacks), "--rate", str(self._frequency)]
        command += ["--idle"] if whole else []
        command += ["--native"] if whole and order.native else ["--nonblocking"]
        self._process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait(self) -> str | None:
        """Until it samples; returns why it does not."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        if any(FIRST_LINE in line for line in self._process.stdout):
            self._began = time.monotonic()
            return None
        return _reason(self._process.stderr.read())

    def end(self) -> None:
        """It detaches, and writes what it has."""
        if not self._ended:
            self._ended = time.monotonic()
            self._process.send_signal(signal.SIGINT)

    def finish(self) -> dict[str, Any] | None:
        """What it has found; None where it has sampled nothing. Raises UnreadableError where it has failed."""
        try:
            output, _ = self._process.communicate(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        if not self._began:
            return None
        if self._process.returncode:
            raise UnreadableError(f"py-spy ended with code {self._process.returncode}")
        return {
            "seconds": self._ended - self._began,
            "frequency": self._frequency,
            "whole": self._whole,
            "errors": _errors(output),
            "stacks": self._stacks.read_text("utf-8", "replace"),
        }


def _wait_until_sampling(spies: Sequence[_Spy]) -> None:
    """Raises UnreadableError where none does: beside the server may be a shell, say, which is no Python."""
    reasons = [each.wait() for each in spies]
    if FORBIDDEN in reasons or all(reasons):
        raise UnreadableError(FORBIDDEN if FORBIDDEN in reasons else reasons[0] or GONE)


def _since(before: dict[int, tuple[float, float]]) -> dict[int, tuple[float, float]]:
    found = {}
    for tid, (ran, waited) in scheduled(tree(PROC)).items():
        ran_before, waited_before = before.get(tid, (0.0, 0.0))
        found[tid] = (ran - ran_before, waited - waited_before)
    return found


def _reason(output: str) -> str:
    for sign, reason in REASONS.items():
        if sign in output.lower():
            return reason
    return f"py-spy failed: {' '.join(output.split())[:300] or 'without a word'}"


def _errors(output: str) -> int:
    """Of its last line: `Samples: 402 Errors: 0`."""
    _, _, count = output.rpartition("Errors: ")
    return int(count.split()[0]) if count.split() and count.split()[0].isdigit() else 0
