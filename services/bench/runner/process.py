"""The process that measures: it has an event loop and a core of its own, and never waits for records or a terminal."""

import multiprocessing
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import Any

from bench.messages import Finished, Message
from bench.runner.measurement import measure
from bench.runner.task import Task

# Forked from the caller, which has one thread: what is imported here is there at once, and in the same memory. A server
# to fork from would be two more processes, which stay when the run is over.
CONTEXT: Any = multiprocessing.get_context("fork")

TICK = 0.25  # seconds without a message, after which the caller has its turn: a cancelled run stops within one second


class Died(Exception):
    """The process ended without its last message: killed, or out of memory."""


def measuring(task: Task) -> Iterator[Message | None]:
    """Its messages as they come, and None every now and then; closing the iterator ends the measurement at once.

    Raises Died.
    """
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_measure, args=(task, ours, theirs), name="measuring", daemon=True)
    process.start()
    theirs.close()  # or a process that dies in the middle of a message would be waited for
    try:
        message = None
        while not isinstance(message, Finished):
            message = ours.recv() if ours.poll(TICK) else None
            yield message
    except EOFError:
        process.join()
        raise Died(f"The measuring process exited with code {process.exitcode}.") from None
    finally:
        process.kill()
        process.join()
        ours.close()


def _measure(task: Task, ours: Connection, theirs: Connection) -> None:
    ours.close()  # or sending to a caller that has died would wait for ever
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both: the other one decides
    # A thread sends, and may have to wait for a slow reader, where the generator must not.
    messages: SimpleQueue[Message | None] = SimpleQueue()
    sending = Thread(target=_send, args=(messages, theirs))
    sending.start()
    measure(task, messages.put)
    messages.put(None)
    sending.join()


def _send(messages: SimpleQueue[Message | None], connection: Connection) -> None:
    while (message := messages.get()) is not None:
        connection.send(message)
