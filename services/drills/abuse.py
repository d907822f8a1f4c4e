"""What clients do that no server likes. Each takes about two seconds, and ends by itself."""

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import requests

from bench.loadgen import Request, get, post, slow_clients
from bench.loadgen.slow_clients import Mode
from drills.traffic import Edge

HELD = 2.0  # seconds; long enough to see what the others get meanwhile
PATIENCE = 30.0  # seconds for an answer to an attacker: a server may have to work off all the others first
MEBIBYTE = 1024 * 1024


class DoesNotApply(Exception):
    """To a server without what is attacked; the text is why."""


class Unanswered(Exception):
    """Some of the attackers had a right to an answer, and got none."""

    def __init__(self, lost: int, sent: int) -> None:
        super().__init__(f"{lost} of {sent} went unanswered")
        self.lost, self.sent = lost, sent


def block(target: str, edge: Edge) -> None:
    url = f"http://{edge[0]}:{edge[1]}/{target}/block?ms=1000"
    _all(8, 8, lambda: requests.get(url, timeout=PATIENCE).status_code == 200)


def unread_body(target: str, edge: Edge) -> None:
    url, body = f"http://{edge[0]}:{edge[1]}/{target}/io", bytes(1_000_000)
    _all(40, 8, lambda: requests.post(url, data=body, timeout=PATIENCE).status_code == 405)


def _all(sent: int, at_once: int, ask: Callable[[], bool]) -> None:
    """Raises Unanswered unless each gets its answer."""

    def send_one(_: int) -> bool:
        try:
            return ask()
        except requests.RequestException:
            return False

    with ThreadPoolExecutor(at_once) as pool:
        lost = sent - sum(pool.map(send_one, range(sent)))
    if lost:
        raise Unanswered(lost, sent)


def uploads(target: str, edge: Edge) -> None:
    head = f"POST /{target}/upload HTTP/1.1\r\nHost: lab\r\nContent-Length: {64 * MEBIBYTE}\r\n\r\n".encode()
    with _connect(5, edge) as clients:
        for client in clients:
            with suppress(OSError):  # there is room for two; the others are rejected before they have sent it all
                client.sendall(head + bytes(MEBIBYTE))
        time.sleep(HELD)


def abandon(target: str, edge: Edge) -> None:
    with _connect(20, edge) as clients:
        for client in clients:
            client.sendall(f"GET /{target}/io?ms=500 HTTP/1.1\r\nHost: lab\r\n\r\n".encode())
        time.sleep(0.1)  # seconds until they have reached the server: two are served, the rest is queued


def ping_flood(target: str, edge: Edge) -> None:
    handshake = (
        f"GET /{target}/ws HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    pings = (struct.pack("!BBI", 0x89, 0x80 | 125, 0) + bytes(125)) * 500  # masked with zeros
    with _connect(1, edge) as (client,):
        client.sendall(handshake.encode())
        if not client.recv(65536).startswith(b"HTTP/1.1 101 "):
            raise DoesNotApply("no WebSocket support")
        end = time.monotonic() + HELD
        client.settimeout(0.1)
        while time.monotonic() < end:
            with suppress(TimeoutError):  # it does not read as fast as we send: what it should do
                client.sendall(pings)


def slow(mode: Mode) -> Callable[[str, Edge], None]:
    def clients(target: str, edge: Edge) -> None:
        host = f"{edge[0]}:{edge[1]}"
        read = get((edge,), host, f"/{target}/mix?bytes={MEBIBYTE}")
        asyncio.run(_slow(post((edge,), host, f"/{target}/upload", 10_000) if mode == "body" else read))

    async def _slow(request: Request) -> None:
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(HELD, over.set)
        await slow_clients(request, 1000, mode, over, pace=1.0)

    return clients


@contextmanager
def _connect(clients: int, edge: Edge) -> Iterator[list[socket.socket]]:
    """Who hangs up at the end, whatever has come."""
    opened = list[socket.socket]()
    try:
        for _ in range(clients):
            opened.append(socket.create_connection(edge, timeout=PATIENCE))
        yield opened
    finally:
        for each in opened:
            each.close()
