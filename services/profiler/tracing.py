"""Memory of all workers by the lines that allocated it, while a bench sends requests: profiler/inside/memory.py."""

import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from contender.usage import PROC, SERVING, first_process, tree
from profiler.remote import LAST, POLL, SHOWN_AS, Remote, SilentError

Line = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Trace:
    """An order: `start`, `read` or `stop`."""

    trace: str


class Tracing:
    """Of all workers that there are when it starts. A context, after which none is traced."""

    def __init__(self) -> None:
        self._remote = Remote()
        self._pids: list[int] = []

    def __enter__(self) -> Self:
        self._remote.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            self._remote.__exit__(None, None, None)

    def run(self, order: Trace) -> dict[str, Any]:
        """Raises SilentError."""
        if order.trace == "start":
            self._pids = workers()
            self._remote.call(self._pids, "memory", "start")
            return {"processes": len(self._pids)}
        if order.trace == "stop":
            self._remote.call(self._pids, "memory", "stop")
            self._pids = []
            return {}
        replies = self._remote.call(self._pids, "memory", "read")
        return _together([reply["value"] for reply in replies.values()])

    def stop(self) -> None:
        """Of those that still are: the bench has gone, and with it the requests that would wake a worker for long."""
        pending = set()
        for pid in self._pids:
            with suppress(SilentError):  # it has ended
                self._remote.send(pid, "memory", "stop")
                pending.add(pid)
        end = time.monotonic() + LAST
        while pending and time.monotonic() < end:
            pending = {pid for pid in pending if self._remote.reply(pid) is None}
            time.sleep(POLL)
        self._pids = []


def workers() -> list[int]:
    """Those that say so (contender/usage.py, in the container's own /tmp), else all but the server's first process."""
    server, pids = first_process(), tree(PROC)
    folder = PROC / str(server) / "root" / SERVING.relative_to("/")
    ready = {int(each.name) for each in folder.glob("[0-9]*")}
    return [pid for pid in pids if pid in ready] or [pid for pid in pids if pid not in (1, server)] or [server]


def _together(held: list[dict[str, Any]]) -> dict[str, Any]:
    """Of all processes: bytes and blocks by the lines that allocated them, but for the profiler's own."""
    found: dict[tuple[Line, ...], list[int]] = defaultdict(lambda: [0, 0])
    for each in held:
        for size, blocks, lines in each["traces"]:
            group = found[tuple((file, line) for file, line in lines)]
            group[0] += size
            group[1] += blocks
    own = {lines for lines in found if any(SHOWN_AS in file for file, _ in lines)}
    traces = [[size, blocks, lines] for lines, (size, blocks) in found.items() if lines not in own]
    return {"traces": traces, "overhead": sum(each["overhead"] for each in held)}
