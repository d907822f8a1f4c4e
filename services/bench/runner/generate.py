"""`bench generate`: a generator on its own, which waits for a bench to share a load with."""

import asyncio
import logging
import signal

import uvloop

from bench.loadgen.generator import PORT, Generator
from bench.runner.alive import ALIVE
from bench.target.generators import NAME
from bench.target.replicas import addresses

BEAT = 5.0  # seconds between two signs of life, for the health check

log = logging.getLogger(__name__)


def generate() -> None:
    """Ends at SIGTERM. Raises SystemExit where no network of this container has the generators' name."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    uvloop.run(_generate())


async def _generate() -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    server = await _start_server()
    log.info("Waiting for a bench at %s", server.sockets[0].getsockname())
    while not over.is_set():
        ALIVE.touch()
        try:
            async with asyncio.timeout(BEAT):
                await over.wait()
        except TimeoutError:
            continue
    server.close()


async def _start_server() -> asyncio.Server:
    """At the address that has the name, on a network where benches are and no contender: its clients can have it
    send requests to anywhere."""
    found = addresses(NAME, PORT)
    if not found:
        raise SystemExit(f"{NAME} does not resolve in this container: see compose.yaml.")
    for host, port in found:
        try:
            return await Generator().serve(host, port)
        except OSError:
            continue  # another generator's
    raise SystemExit(f"{NAME} does not resolve to this container: see compose.yaml.")
