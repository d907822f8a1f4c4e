"""Who waits for whom: the asyncio tasks of a worker, read from outside as `python -m asyncio ps` does.

The module is CPython's own and private (3.14), so that it must be that of the version that is read: both come from the
same base image.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

try:
    from _remote_debugging import RemoteUnwinder  # type: ignore[import-not-found]
except ImportError:  # another Python: then there are no waits to show
    RemoteUnwinder = None

MOST = 30  # groups of tasks that wait alike: more than a page can show

Frames = tuple[str, ...]


def tasks(pid: int) -> list[tuple[Frames, str | None]]:
    """The stack of each task, outermost first, and the function of what waits for it; none of other processes."""
    if RemoteUnwinder is None:
        return []
    try:
        found = RemoteUnwinder(pid).get_all_awaited_by()
    except Exception:
        return []
    every = [task for thread in found for task in thread.awaited_by]
    stacks = {task.task_id: _stack(task) for task in every}
    return [(stacks[task.task_id], _waiter(task, stacks)) for task in every]


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


def grouped(found: Iterator[tuple[Frames, str | None]] | list[tuple[Frames, str | None]]) -> list[dict[str, Any]]:
    """Tasks that wait alike, with their number, most first."""
    counted = Counter(found)
    return [
        {"tasks": count, "stack": list(stack), "awaited_by": waiter}
        for (stack, waiter), count in counted.most_common(MOST)
    ]
