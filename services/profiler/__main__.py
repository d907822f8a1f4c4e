"""Samples the server in whose process namespace this container is, or traces its memory, whenever a bench asks for it.

It has no network: the bench listens at a socket on a volume that both mount. It ends when the bench closes that
connection, and with it the sampling.
"""

import json
import signal
import socket
import sys
import threading
import time
from queue import SimpleQueue
from typing import Any, NoReturn

from profiler.recording import Order, Recording, UnreadableError
from profiler.remote import SilentError
from profiler.tracing import Trace, Tracing

SOCKET = "/data/profiler.sock"  # bench/target/samplers.py listens there
POLL = 0.1  # seconds between two tries to connect: the bench may have to wait for another run first


def main(contender: str, replicas: int) -> None:
    signal.signal(signal.SIGTERM, _leave)
    with _connected() as bench, Tracing() as tracing:
        orders: SimpleQueue[Order | Trace | None] = SimpleQueue()
        recording = Recording()
        _send(bench, {"contender": contender, "replicas": replicas, "host": socket.gethostname()})
        threading.Thread(target=_listen, args=(bench, orders, recording), daemon=True).start()
        try:
            while (order := orders.get()) is not None:
                _send(bench, _done(recording, tracing, order, bench))
        except OSError:
            pass  # the bench has gone
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it leaves already, and has to tidy up behind itself
            recording.close()


def _connected() -> socket.socket:
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(SOCKET)
        except OSError:
            connection.close()
            time.sleep(POLL)
        else:
            return connection


def _listen(bench: socket.socket, orders: SimpleQueue[Order | Trace | None], recording: Recording) -> None:
    """An order is a line; the end of the connection ends what is being recorded, as that order does."""
    with bench.makefile("r") as lines:
        for line in lines:
            match json.loads(line):
                case {"end": _}:
                    recording.end()
                case {"trace": action}:
                    orders.put(Trace(action))
                case order:
                    orders.put(Order(**order))
    recording.close()
    orders.put(None)


def _done(recording: Recording, tracing: Tracing, order: Order | Trace, bench: socket.socket) -> dict[str, Any]:
    try:
        if isinstance(order, Trace):
            return tracing.run(order)
        return recording.run(order, attached=lambda: _send(bench, {"attached": True}))
    except (UnreadableError, SilentError) as error:
        return {"error": str(error)}


def _send(bench: socket.socket, document: dict[str, Any]) -> None:
    bench.sendall(json.dumps(document).encode() + b"\n")


def _leave(*_: object) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
