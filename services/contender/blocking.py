"""The workloads as blocking code writes them: the WSGI side.

Under the sync worker a wait holds up the whole process. gevent and eventlet put their own `sleep`, sockets
and threads in the place of these before the application is imported, and the same lines yield.
"""

import threading
import time
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType
from typing import Any

from contender import workload
from contender.backend import call
from contender.problem import Problem
from contender.workload import Number

# What carries a request: the interpreter's own function is written in C, its green replacement in Python.
CARRIER = "thread" if isinstance(threading.get_ident, BuiltinFunctionType) else "greenlet"


def whoami() -> dict[str, Any]:
    return {}


def io(ms: Number) -> dict[str, Any]:
    time.sleep(ms / 1000)
    return {}


def cpu(ms: Number) -> dict[str, Any]:
    workload.burn(ms)
    return {}


def block(ms: Number) -> dict[str, Any]:
    workload.block(ms)
    return {}


def mix(io_ms: Number, cpu_ms: Number, bytes: int) -> dict[str, Any]:
    return io(io_ms) | cpu(cpu_ms) | {"payload": "x" * bytes}


def fanout(n: int, ms: Number) -> dict[str, Any]:
    """`n` calls at once where a thread is a greenlet and costs nothing; one after another where it is not."""
    return {"calls": _at_once(n, ms) if CARRIER == "greenlet" else [call(ms) for _ in range(n)]}


def _at_once(n: int, ms: Number) -> list[dict[str, Any]]:
    outcomes: list[dict[str, Any] | Problem] = []
    threads = [threading.Thread(target=_call_into, args=(outcomes, ms)) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    calls = [each for each in outcomes if not isinstance(each, Problem)]
    for refusal in (each for each in outcomes if isinstance(each, Problem)):
        raise refusal
    return calls


def _call_into(outcomes: list[dict[str, Any] | Problem], ms: Number) -> None:
    try:
        outcomes.append(call(ms))
    except Problem as unreachable:  # raised in the thread that asked, not in this one
        outcomes.append(unreachable)


def paced(count: Number, ms: Number, made: Callable[[int, Number], str], first: int = 1) -> Iterator[bytes]:
    """What `made` makes for each number from `first` to `count`, `ms` milliseconds apart."""
    for number in range(first, int(count) + 1):
        if number > first:
            time.sleep(ms / 1000)
        yield made(number, count).encode()


WORK: dict[str, Callable[..., dict[str, Any]]] = {work.__name__: work for work in (whoami, io, cpu, block, mix, fanout)}
