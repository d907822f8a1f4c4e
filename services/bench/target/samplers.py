"""The samplers that scripts/profile starts, one beside each replica: they connect to a socket on the bench's volume."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.target.replicas import NoAnswer

SOCKET = Path("/data/profiler.sock")  # profiler/__main__.py connects to it
PATIENCE = 15.0  # seconds for all of them to connect: their containers start before the run, and try ten times a second
ATTACHING = 60.0  # seconds until samples are taken: native symbols of all workers are read first, on a busy machine
ENDING = 40.0  # seconds to detach and to write what was found: twice what the sampler gives py-spy, and some
TRACING = 30.0  # seconds until all workers have replied: twice what the sampler waits for them
LARGEST = 64 * 1024 * 1024  # bytes of a message: ten minutes of stacks are some megabytes


@dataclass(frozen=True, slots=True)
class Process:
    """What was found in one of them, in one way of the two."""

    seconds: float
    frequency: int  # of the looks
    whole: bool  # whether there is a sample of each thread at each look, asleep or not
    errors: int  # instants at which it could not be read
    stacks: str  # py-spy's raw format


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one sampler found in its replica."""

    seconds: float
    processes: list[Process]
    threads: dict[int, tuple[float, float]]  # seconds that the kernel counted: that each ran, and waited for a core
    own: float  # seconds of CPU time that the sampling itself took
    busy: tuple[float, ...]  # worker processes that had something to do, over time
    waiting: list[dict[str, Any]]  # tasks or greenlets when there were most of them; see profiler/waiting.py


@dataclass(frozen=True, slots=True)
class _Sampler:
    replicas: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def reply(self, contender: str, patience: float) -> dict[str, Any]:
        try:
            line = await asyncio.wait_for(self.reader.readline(), patience)
        except TimeoutError:
            raise NoAnswer(f"{contender}: its sampler did not report within {patience:g} s.") from None
        except OSError:  # it closed, with an order unread
            line = b""
        if not line:
            raise NoAnswer(f"{contender}: its sampler has ended; scripts/profile shows why.")
        document: dict[str, Any] = json.loads(line)
        if "error" in document:
            raise NoAnswer(f"{contender} cannot be profiled: {document['error']}.")
        return document


class Samplers:
    """By contender."""

    def __init__(self) -> None:
        self._found: dict[str, list[_Sampler]] = defaultdict(list)
        self._changed = asyncio.Event()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = json.loads(await reader.readline())
        self._found[hello["contender"]].append(_Sampler(hello["replicas"], reader, writer))
        self._changed.set()

    def close(self) -> None:
        for each in (each for found in self._found.values() for each in found):
            each.writer.close()

    async def wait_for(self, contenders: Iterable[str]) -> None:
        """Raises NoAnswer naming those that have none."""
        wanted = list(contenders)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not all(map(self._complete, wanted)):
                    self._changed.clear()
                    await self._changed.wait()
        lacking = [name for name in wanted if not self._complete(name)]
        if lacking:
            command = " ".join(f"--contender {name}" for name in lacking)
            raise NoAnswer(f"There is no sampler beside {', '.join(lacking)}. Start both: scripts/profile {command}")

    def _complete(self, contender: str) -> bool:
        found = self._found[contender]
        return bool(found) and len(found) >= found[0].replicas

    async def begin(self, contender: str, frequency: int, *, native: bool) -> None:
        """Returns once all of its replicas are sampled. Raises NoAnswer where one cannot be."""
        await self._replies(contender, {"frequency": frequency, "native": native}, ATTACHING)

    async def end(self, contender: str) -> list[Recorded]:
        """What was sampled until now. Raises NoAnswer."""
        return [_recorded(document) for document in await self._replies(contender, {"end": True}, ENDING)]

    async def trace(self, contender: str, order: str) -> list[dict[str, Any]]:
        """Of each replica: `start`, `read` or `stop` of profiler/tracing.py. Raises NoAnswer."""
        return await self._replies(contender, {"trace": order}, TRACING)

    async def _replies(self, contender: str, order: dict[str, Any], patience: float) -> list[dict[str, Any]]:
        for each in self._found[contender]:
            each.writer.write(json.dumps(order).encode() + b"\n")
        return await asyncio.gather(*(each.reply(contender, patience) for each in self._found[contender]))


def _recorded(document: dict[str, Any]) -> Recorded:
    return Recorded(
        seconds=document["seconds"],
        processes=[Process(**each) for each in document["processes"]],
        threads={int(thread): (ran, waited) for thread, (ran, waited) in document["threads"].items()},
        own=document["own"],
        busy=tuple(document["busy"]),
        waiting=document["waiting"],
    )


@asynccontextmanager
async def samplers(contenders: Iterable[str]) -> AsyncIterator[Samplers]:
    """All that are needed; when the run ends, so do they. Raises NoAnswer."""
    found = Samplers()
    with suppress(FileNotFoundError):
        SOCKET.unlink()  # of a bench that was killed
    server = await asyncio.start_unix_server(found.connected, SOCKET, limit=LARGEST)
    try:
        SOCKET.chmod(0o660)  # a sampler is root without its powers, and of this group
        await found.wait_for(contenders)
        yield found
    finally:
        server.close()
        found.close()
        with suppress(FileNotFoundError):
            SOCKET.unlink()
