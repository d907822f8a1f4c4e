"""A generator that makes its share of a load for a bench: `bench generate`, one a process."""

import asyncio
import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.loadgen import encoding
from bench.loadgen.clocks import align_clocks
from bench.loadgen.load_spec import LoadSpec
from bench.loadgen.result import Load

PORT = 8089

# Machines that share a kernel share their cores, too: one's CPU time is then the other's, and is counted as the lab's.
MACHINE = Path("/proc/sys/kernel/random/boot_id")

log = logging.getLogger(__name__)


class Generator:
    """Runs one load at a time. If the bench that sent it disconnects, the load is cancelled."""

    def __init__(self) -> None:
        self._busy = asyncio.Lock()

    async def serve(self, host: str, port: int = PORT) -> asyncio.Server:
        return await asyncio.start_server(self._talk, host, port)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await self._answer(*await encoding.receive(reader), reader, writer)
        except encoding.ProtocolError as error:
            log.warning("Bad message: %s", error)
            with suppress(OSError):
                await encoding.send(writer, {"error": str(error)})
        except OSError, asyncio.IncompleteReadError:
            pass  # bench disconnected
        finally:
            writer.close()

    async def _answer(
        self, message: dict[str, Any], arrays: list[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if message.get("ask") == "time":
            await encoding.send(writer, {"now": time.time(), "machine": machine()})
        elif self._busy.locked():
            await encoding.send(writer, {"error": "busy with another run"})
        else:
            async with self._busy:
                making = asyncio.create_task(execute_at(encoding.read_spec(message, arrays), float(message["at"])))
                await _cancel_if(making, _wait_for_disconnect(reader))
                load, used = making.result()
                document, found = encoding.load_message(load)
                await encoding.send(writer, document | {"cpu_seconds": used}, *found)


async def execute_at(spec: LoadSpec, moment: float) -> tuple[Load, float]:
    """From that time of day on; and the CPU time (seconds) that it took."""
    align_clocks()
    await asyncio.sleep(max(0.0, moment - time.time()))
    used = time.process_time()
    return await spec.run_load(), time.process_time() - used


async def _wait_for_disconnect(reader: asyncio.StreamReader) -> None:
    """Until the other end closes: while it waits for a response, it sends nothing."""
    await reader.read(1)


async def _cancel_if(task: asyncio.Task[Any], gone: Any) -> None:
    """Waits for the task; ends it, and raises ConnectionError, when its bench has disconnected."""
    leaving = asyncio.create_task(gone)
    await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        raise ConnectionError("bench disconnected")
    leaving.cancel()
    with suppress(asyncio.CancelledError):
        await leaving


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):  # the other end was quicker
        await writer.wait_closed()


def machine() -> str:
    return MACHINE.read_text().strip()
