"""How late the event loop of a worker process is, and which line held it: a heartbeat on it, and a thread beside it.

The heartbeat is a timer that should go off every PERIOD and notes how late it was. A loop that stands cannot tell that
it does, so a thread looks from outside, and reads off its stack what it is doing.
"""

import asyncio
import mmap
import os
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

FOLDER = Path("/tmp/lag")  # a file of three figures for each worker, and a second one with the line that held it last

PERIOD = 0.05  # seconds from beat to beat; it costs a worker 0.14 % of a core (two of uvicorn, idle, over 40 s)
HELD = 0.1  # seconds late, from which on the loop counts as blocked; asyncio's debug mode complains at as much

_FIGURES = struct.Struct("=qdq")  # beats that were due, seconds that they were late together, how often it was held
_LIBRARIES = (sys.prefix, sys.base_prefix, "<frozen")


class Heartbeat:
    """Of the running loop, for as long as it runs. Timers, not a task: no server has to end it."""

    def __init__(self, folder: Path = FOLDER, listener: Callable[[float], object] | None = None) -> None:
        """`listener` gets the lateness of each beat, in seconds."""
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._due = time.monotonic() + PERIOD
        self._beats, self._late, self._held = 0, 0.0, 0
        self._line = folder / f"{os.getpid()}.line"
        self._file = _map(folder / str(os.getpid()))
        self._listener = listener
        self._loop.call_later(PERIOD, self._beat)
        threading.Thread(target=self._watch, name="lag", daemon=True).start()

    def _beat(self) -> None:
        late = max(0.0, time.monotonic() - self._due)
        self._count(late)
        self._due = time.monotonic() + PERIOD
        self._loop.call_later(PERIOD, self._beat)

    def _count(self, late: float) -> None:
        """Also the beats that were due meanwhile and never came: left out, they would make a long wait a rare one."""
        self._held += late > HELD
        while late >= 0:
            self._beats, self._late = self._beats + 1, self._late + late
            if self._listener:
                self._listener(late)
            late -= PERIOD
        _FIGURES.pack_into(self._file, 0, self._beats, self._late, self._held)

    def _watch(self) -> None:
        reported = 0.0
        while not self._loop.is_closed():
            time.sleep(PERIOD)
            due = self._due
            if due != reported and time.monotonic() - due > HELD and (frame := sys._current_frames().get(self._thread)):
                self._line.write_text(line_of(frame))
                reported = due  # once for each time that it stands


def line_of(frame: FrameType) -> str:
    """Where it is: the innermost line that is not a library's."""
    frames = list(_outwards(frame))
    own = next((each for each in frames if not each.f_code.co_filename.startswith(_LIBRARIES)), frames[0])
    name = os.path.relpath(own.f_code.co_filename)
    return f"{name}:{own.f_lineno} in {own.f_code.co_name}"


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _map(path: Path) -> mmap.mmap:
    """Written by this process without a system call, and read by whichever one serves /usage."""
    path.parent.mkdir(exist_ok=True)
    for each in path.parent.iterdir():
        if not Path("/proc", each.stem).exists():
            each.unlink(missing_ok=True)  # of a worker that is gone
    path.write_bytes(bytes(_FIGURES.size))
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), _FIGURES.size)


def lag(pids: Iterable[int], folder: Path = FOLDER) -> dict[str, Any] | None:
    """Of these workers, since each began: beats that were due, how late they were (seconds, together), how often a loop
    was held for longer than HELD, and by which line the last time. None where no worker has such a loop."""
    files = [path for pid in pids if (path := folder / str(pid)).exists()]
    if not files:
        return None
    beats, late, held = zip(*(_FIGURES.unpack(path.read_bytes()) for path in files), strict=True)
    lines = sorted((path for file in files if (path := file.with_suffix(".line")).exists()), key=_mtime)
    return {
        "beats": sum(beats),
        "late_seconds": round(sum(late), 6),
        "held": sum(held),
        "held_by": lines[-1].read_text() if lines else None,
    }


def _mtime(path: Path) -> float:
    return path.stat().st_mtime
