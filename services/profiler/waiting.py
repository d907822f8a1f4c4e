"""Who waits for whom: the asyncio tasks of a worker, and its greenlets.

Tasks are read from outside, as `python -m asyncio ps` does. The module is CPython's own and private (3.14), so that it
must be that of the version that is read: both come from the same base image. Greenlets are read by the worker itself.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from profiler.remote import LAST, POLL, Remote, SilentError, has_greenlets

try:
    from _remote_debugging import RemoteUnwinder  # type: ignore[import-not-found]
except ImportError:  # another Python: then there are no waits to show
    RemoteUnwinder = None

MOST = 30  # groups of tasks that wait alike: more than a page can show

Frames = tuple[str, ...]
Waiting = tuple[Frames, str | None]  # the stack of what waits, and the function that awaits it


class Greenlets:
    """Of workers that have any: each look requests what the next one gets, and waits for nothing."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._pending: set[int] = set()
        self._last: dict[int, list[Waiting]] = {}
        self.seconds: dict[int, float] = defaultdict(float)  # of CPU time that it took in each process

    def look(self, pids: Iterable[int]) -> list[Waiting]:
        """All that waited at the last look."""
        for pid in filter(has_greenlets, pids):
            self._read(pid)
            try:
                self._remote.send(pid, "greenlets")
                self._pending.add(pid)
            except SilentError:
                self._last.pop(pid, None)  # it has ended, or is another Python: then there are no waits to show
        return [each for found in self._last.values() for each in found]

    def end(self) -> None:
        """Waits for what is still to come: its file must not be gone when a worker opens it."""
        end = time.monotonic() + LAST
        while self._pending and time.monotonic() < end:
            for pid in list(self._pending):
                self._read(pid)
            time.sleep(POLL)

    def _read(self, pid: int) -> None:
        if (reply := self._remote.reply(pid)) is not None:
            self._pending.discard(pid)
            self.seconds[pid] += reply["seconds"]
            self._last[pid] = [(tuple(stack), None) for stack, count in reply.get("value", ()) for _ in range(count)]


def tasks(pid: int) -> list[Waiting]:
    """The stack of each task, outermost first, and the function of what waits for it; none of other processes."""
    if RemoteUnwinder is None:
        return []
    try:
        found = RemoteUnwinder(pid).get_all_awaited_by()
    except Exception:
        return []
    every = [task for thread in found for task in thread.awaited_by]
    stacks = {task.task_id: _stack(task) for task in every}
    return [
        (stack, _waiter(task, stacks)) for task in every if (stack := stacks[task.task_id])
    ]  # else it has not begun


def _stack(task: Any) -> Frames:
    return tuple(reversed([_frame(frame) for part in task.coroutine_stack for frame in part.call_stack]))


def _waiter(task: Any, stacks: dict[int, Frames]) -> str | None:
    for part in task.awaited_by:
        if stack := stacks.get(part.task_name):  # which is the id of the task
            return _own(stack)
        if part.call_stack:
            return _frame(part.call_stack[0])
    return None


def _own(stack: Frames) -> str:
    """The innermost that is not asyncio's: gather and wait_for say nothing."""
    return next((each for each in reversed(stack) if "/asyncio/" not in each), stack[-1])


def _frame(frame: Any) -> str:
    file, line, name = tuple(frame)[:3]
    return f"{name} ({file}:{line})"


def grouped(found: Iterable[Waiting]) -> list[dict[str, Any]]:
    """Tasks or greenlets that wait alike, with their number, most first."""
    counted = Counter(found)
    return [
        {"tasks": count, "stack": list(stack), "awaited_by": waiter}
        for (stack, waiter), count in counted.most_common(MOST)
    ]
