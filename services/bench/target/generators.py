"""The generators that share a load with this bench: found by name, their clocks compared, and begun at one moment."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from bench.loadgen import encoding
from bench.loadgen.generator import PORT, close, execute_at, machine
from bench.loadgen.load_spec import LoadSpec, merge
from bench.loadgen.result import Load
from bench.target.replicas import Address, NoAnswer, addresses

NAME = "load-generator"  # a name with an address for each of them

OFFSET = 0.05  # seconds that a clock may be off: more, and "at one moment" and a histogram of latencies mean little
LOOKS = 8  # at each clock; the quickest answer tells most
PATIENCE = 5.0  # seconds to connect, and for the time of day
LEAD = 0.5  # seconds from handing out to beginning: an order of 10,000 requests a second for two minutes has 10 MB
AFTER = 30.0  # seconds beyond the load and its time-outs, for a generator to hand in what it measured

OWN = "bench"


class Lost(Exception):
    """A generator does not answer any more."""


@dataclass(slots=True)
class Peer:
    name: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    offset: float  # seconds by which its clock is ahead of ours
    beside: bool  # on the same machine

    async def run_load(self, spec: LoadSpec, moment: float) -> tuple[Load, float]:
        """Raises Lost, and NoAnswer where it refuses."""
        document, arrays = encoding.spec_message(spec)
        try:
            await encoding.send(self.writer, document | {"at": moment + self.offset}, *arrays)
            seconds = LEAD + spec.window.warmup + spec.window.seconds + spec.timeout + AFTER
            async with asyncio.timeout(seconds):
                found, figures = await encoding.receive(self.reader)
            if "error" in found:
                raise NoAnswer(f"Generator {self.name}: {found['error']}.")
            return encoding.read_load(found, figures), float(found["cpu_seconds"])
        except (OSError, TimeoutError, asyncio.IncompleteReadError, encoding.ProtocolError) as error:
            raise Lost(f"{self.name}: {type(error).__name__}") from error


class Generators:
    """This process and `others`; one that is lost in a run stays away from the rest of it."""

    def __init__(self, others: list[Peer]) -> None:
        self._others = others
        self._lost = 0

    async def run_load(self, spec: LoadSpec) -> Load:
        """Together. Raises NoAnswer where one refuses."""
        own, *split = spec.split(1 + len(self._others))
        others = self._others[: len(split)]
        moment = time.time() + LEAD
        ours, *theirs = await asyncio.gather(
            execute_at(own, moment),
            *(other.run_load(share, moment) for other, share in zip(others, split, strict=True)),
            return_exceptions=True,
        )
        if isinstance(ours, BaseException):
            raise ours
        parts, beside = {OWN: ours[0]}, 0.0
        for other, came in zip(others, theirs, strict=True):
            if isinstance(came, Lost):
                self._others.remove(other)
                other.writer.close()
                self._lost += 1
            elif isinstance(came, BaseException):
                raise came
            else:
                parts[other.name] = came[0]
                beside += came[1] if other.beside else 0.0
        load = merge(parts)
        load.lost, load.beside = self._lost, beside
        return load


@asynccontextmanager
async def generators(count: int) -> AsyncIterator[Generators]:
    """So many, with this process. Raises NoAnswer where there are fewer, or a clock is off by more than OFFSET."""
    others: list[Peer] = []
    try:
        for address in await _addresses(count - 1):
            others.append(await _connect(*address))  # noqa: PERF401 -- those that were met are closed if a later one fails
        yield Generators(others)
    finally:
        for each in others:
            await close(each.writer)


async def _addresses(count: int) -> tuple[Address, ...]:
    found = await asyncio.to_thread(addresses, NAME, PORT)
    if len(found) < count:
        start = f"COMPOSE_PROFILES=generators GENERATORS={count} scripts/up"
        up = f"{count} more are needed, {len(found)} are up"
        raise NoAnswer(f"generators={count + 1}: {up}: {start}")
    return found[:count]


async def _connect(host: str, port: int) -> Peer:
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port)
            offset, reply = await _clock_offset(reader, writer)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, encoding.ProtocolError) as error:
        raise NoAnswer(f"Generator {host} is unreachable ({type(error).__name__}).") from error
    if abs(offset) > OFFSET:
        await close(writer)
        off = f"its clock is {1000 * offset:+.0f} ms off (at most {1000 * OFFSET:.0f})"
        raise NoAnswer(f"Generator {host}: {off}; sync its clock with chrony or systemd-timesyncd.")
    same = False
    with suppress(OSError):
        same = reply["machine"] == machine()
    return Peer(f"{host}:{port}", reader, writer, offset, same)


async def _clock_offset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[float, dict[str, Any]]:
    """By how many seconds its clock is ahead: half of the quickest answer's time is all that this can be wrong by."""
    looks = []
    for _ in range(LOOKS):
        sent = time.time()
        await encoding.send(writer, {"ask": "time"})
        reply, _ = await encoding.receive(reader)
        came = time.time()
        looks.append((came - sent, reply["now"] - (sent + came) / 2, reply))
    _, offset, reply = min(looks, key=lambda look: look[0])
    return offset, reply
