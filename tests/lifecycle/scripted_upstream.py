"""A server that misbehaves by a script: each path is one way to answer, or not to."""

import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

KIB = 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n"
BODY = b"\r\nok\n"

Behaviour = Callable[[socket.socket], None]


def close(_: socket.socket) -> None:
    """Every connection is closed in the end."""


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def send(data: bytes) -> Behaviour:
    return lambda connection: connection.sendall(data)


def send_no_more_than(data: bytes) -> Behaviour:
    """The connection stays open until the other side closes it."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.recv(1)

    return behave


def head_of(size: int) -> Behaviour:
    """A response with a head of so many bytes: cookies of a kibibyte each, and one for the rest."""
    count, rest = divmod(size - len(OK) - len(b"\r\n"), KIB)
    cookies = [b"Set-Cookie: a=".ljust(length - 2, b"x") + b"\r\n" for length in (*[KIB] * (count - 1), KIB + rest)]
    return send(OK + b"".join(cookies) + BODY)


class Upstream:
    """`behaviours` has, by the last part of a path, what the first request meets, the second, and all that follow."""

    def __init__(self, behaviours: dict[str, list[Behaviour]]) -> None:
        self._behaviours = behaviours
        self._lock = threading.Lock()
        self.received: Counter[str] = Counter()  # by method and name: "GET name"

    @contextmanager
    def listening(self) -> Iterator[int]:
        """At this port."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            yield listener.getsockname()[1]
            listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # it is closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            received = b""
            while b"\r\n\r\n" not in received:
                received += (data := connection.recv(64 * KIB))
                if not data:
                    return
            method, path, _ = received.decode().split(" ", 2)
            self._next(f"{method} {path.rpartition('/')[2]}")(connection)

    def _next(self, request: str) -> Behaviour:
        behaviours = self._behaviours[request.split()[1]]
        with self._lock:
            self.received[request] += 1
            return behaviours[min(self.received[request], len(behaviours)) - 1]


@contextmanager
def refusing() -> Iterator[int]:
    """A port at which nothing listens, and which nothing else gets."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def not_accepting() -> Iterator[int]:
    """A port whose backlog is full: the kernel drops each SYN."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):  # one that a backlog of 0 still takes, and one more
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
