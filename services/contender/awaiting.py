"""The workloads as asynchronous code writes them: the ASGI side.

One event loop serves every request of a process. `await` hands it on; `cpu` and `block` have no `await`,
and so hold up everybody: that is what they are here to show.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from contender import workload
from contender.backend import call_async
from contender.workload import Number


async def whoami() -> dict[str, Any]:
    return {}


async def io(ms: Number) -> dict[str, Any]:
    await asyncio.sleep(ms / 1000)
    return {}


async def cpu(ms: Number) -> dict[str, Any]:
    workload.burn(ms)
    return {}


async def block(ms: Number) -> dict[str, Any]:
    workload.block(ms)
    return {}


async def mix(io_ms: Number, cpu_ms: Number, bytes: int) -> dict[str, Any]:
    return await io(io_ms) | await cpu(cpu_ms) | {"payload": "x" * bytes}


async def fanout(n: int, ms: Number) -> dict[str, Any]:
    return {"calls": await asyncio.gather(*(call_async(ms) for _ in range(n)))}


async def paced(count: Number, ms: Number, made: Callable[[int, Number], str], first: int = 1) -> AsyncIterator[str]:
    """What `made` makes for each number from `first` to `count`, `ms` milliseconds apart."""
    for number in range(first, int(count) + 1):
        if number > first:
            await asyncio.sleep(ms / 1000)
        yield made(number, count)


WORK: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
    work.__name__: work for work in (whoami, io, cpu, block, mix, fanout)
}
