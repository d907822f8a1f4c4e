"""The threads of a server as /proc has them: their CPU time, and what those that do not run are waiting for."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from contender.usage import PROC, first_process, tree
from profiler.remote import Remote
from profiler.waiting import Greenlets, grouped, tasks

PERIOD = 0.02  # seconds between two looks: a look at twenty threads takes half a millisecond, and more on a busy core
WAITS = 1.0  # seconds between two looks at what waits: of greenlets one takes the worker about 10 ms, 1 % of its time
BUCKETS = 60  # of the number of busy workers over time, which is what a narrow page can draw

# Functions of the kernel in which a thread sleeps that waits for a request, or for another thread: the beginnings of
# /proc/PID/task/TID/wchan. Asleep elsewhere (a timer, a socket's data), its worker has something to do.
IDLE = (
    "ep_poll",
    "do_epoll",
    "poll_schedule",
    "do_select",
    "do_poll",
    "futex",
    "pipe_read",
    "inet_csk_accept",
    "do_sigtime",
    "0",
)


def threads(pids: Iterable[int]) -> Iterator[Path]:
    for pid in pids:
        with suppress(OSError):  # it has ended meanwhile
            yield from (PROC / str(pid) / "task").iterdir()


def scheduled(pids: Iterable[int]) -> dict[int, tuple[float, float]]:
    """By thread, the seconds that it ran, and those that it could have run but waited for a core.

    https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
    """
    found = {}
    for task in threads(pids):
        with suppress(OSError):
            ran, waited, *_ = map(int, (task / "schedstat").read_text().split())
            found[int(task.name)] = (ran / 1e9, waited / 1e9)
    return found


class Watch:
    """A context, in which it looks at all threads now and then: how many workers are busy, and what waits."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._busy: list[int] = []  # processes, at each look
        self._waiting: list[Any] = []  # the most tasks or greenlets that were seen at once
        self.inside: dict[int, float] = {}  # seconds of CPU time that looks took in each process

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def found(self) -> dict[str, Any]:
        """`busy`: processes, on average, in up to BUCKETS parts; `waiting`: tasks or greenlets when there were most
        of them."""
        size = max(1, -(-len(self._busy) // BUCKETS))
        parts = [self._busy[place : place + size] for place in range(0, len(self._busy), size)]
        busy = [round(sum(part) / len(part), 3) for part in parts]
        return {"busy": busy, "waiting": grouped(self._waiting)}

    def _look_on(self) -> None:
        with Remote() as remote:
            greenlets = Greenlets(remote)
            self.inside = greenlets.seconds
            self._look_at(greenlets)
            greenlets.end()

    def _look_at(self, greenlets: Greenlets) -> None:
        due = time.monotonic()
        again = due
        while not self._over.is_set():
            self._look()
            if time.monotonic() > again:
                again = time.monotonic() + WAITS
                pids = tree(PROC)
                seen = [*(task for pid in pids for task in tasks(pid)), *greenlets.look(pids)]
                self._waiting = max(self._waiting, seen, key=len)
            due = max(due + PERIOD, time.monotonic())
            self._over.wait(due - time.monotonic())

    def _look(self) -> None:
        server, pids = first_process(), tree(PROC)
        workers = [pid for pid in pids if pid != server] or pids  # the master has the workers, if there are some
        self._busy.append(sum(any(map(is_busy, threads([pid]))) for pid in workers))


def is_busy(task: Path) -> bool:
    """Whether a thread runs, waits for a core, or waits for something in the middle of its work."""
    try:
        state = (task / "stat").read_text().rpartition(")")[2].split()[0]
        return state == "R" or (state == "S" and not (task / "wchan").read_text().startswith(IDLE))
    except OSError:
        return False  # it has ended meanwhile
