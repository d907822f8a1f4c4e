"""One recording: py-spy on the server and its workers, and beside it what /proc says of their threads."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contender.usage import PROC, first_process, tree
from profiler.threads import Watch, scheduled

STACKS = Path("/tmp/stacks")
FIRST_LINE = "Sampling process"  # which py-spy prints once it has attached
GRACE = 3.0  # seconds to detach: killed at the wrong moment, it would leave its threads stopped

# What py-spy prints, and what it means for who reads it.
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
    seconds: int
    frequency: int
    native: bool


class UnreadableError(Exception):
    """The server cannot be sampled; the text says why."""


class Recording:
    """Of one after the other; `stop` may be called from another thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def run(self, order: Order, attached: Callable[[], None]) -> dict[str, Any]:
        """Calls `attached` once samples are taken, and returns what was found. Raises UnreadableError."""
        STACKS.unlink(missing_ok=True)
        own = sum(os.times()[:4])  # CPU time of this process, and of those that it has waited for
        server = first_process()
        with _spy(server, order) as process:
            self._process = process
            assert process.stdout is not None
            assert process.stderr is not None
            if not any(FIRST_LINE in line for line in process.stdout):
                raise UnreadableError(_reason(process.stderr.read()))
            began, before, watch = time.monotonic(), scheduled(tree(PROC)), Watch()
            watch.start()
            attached()
            last = "".join(process.stdout)  # until it ends
            seconds = time.monotonic() - began
            watch.stop()
        if process.returncode:
            raise UnreadableError(f"py-spy ended with code {process.returncode}")
        return {
            "seconds": seconds,
            "instants": order.seconds * order.frequency,
            "errors": _errors(last),
            "own": sum(os.times()[:4]) - own,
            "stacks": STACKS.read_text("utf-8", "replace"),
            "threads": _since(before),
            **watch.found(),
        }

    def stop(self) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)  # it detaches
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
            return
        process.kill()


def _spy(server: int, order: Order) -> subprocess.Popen[str]:
    command = ["py-spy", "record", "--pid", str(server), "--subprocesses", "--threads", "--full-filenames"]
    command += ["--format", "raw", "--output", str(STACKS), "--hideprogress"]
    command += ["--rate", str(order.frequency), "--duration", str(order.seconds)]
    # Native frames tell which threads sleep, and need a pause of all of them; without, py-spy tells, and needs none.
    command += ["--native", "--idle"] if order.native else ["--nonblocking"]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _since(before: dict[int, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    found = {}
    for tid, (ran, waited) in scheduled(tree(PROC)).items():
        ran_before, waited_before = before.get(tid, (0.0, 0.0))
        found[str(tid)] = (ran - ran_before, waited - waited_before)
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
