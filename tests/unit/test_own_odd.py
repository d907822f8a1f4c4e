"""What a server accepts of an application, the lab's wrapper accepts: odd ones, wrapped and not, byte by byte."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from contender.hosts import AT_ROOT
from own.description import Found, Target
from tests.unit import odd_apps

WITHIN = 20.0  # seconds for a server to listen and for a response to end: both take a fraction of one
ADDED = (b"date", b"x-request-id", b"server-timing", b"x-served-by")  # in each response another, or ours

PREFIX = "/own"  # of the wrapped one, where a test mounts it
MOUNTED = {
    "gunicorn gthread": f"--env SCRIPT_NAME={PREFIX}",
    "granian wsgi": f"--url-path-prefix {PREFIX}",
    "uvicorn": f"--root-path {PREFIX}",
    "granian asgi": f"--url-path-prefix {PREFIX}",
    "gunicorn asgi": f"--root-path {PREFIX}",
}
COMMANDS = {
    "gunicorn gthread": "gunicorn -k gthread --threads 2 --no-control-socket --bind unix:{socket} {app}",
    "granian wsgi": "granian --interface wsgi --no-ws --uds {socket} {app}",
    "gunicorn asgi": "gunicorn -k asgi --no-control-socket --bind unix:{socket} {app}",
    "uvicorn": "uvicorn --no-access-log --uds {socket} {app}",
    "granian asgi": "granian --interface asgi --no-ws --uds {socket} {app}",
}
ROWS: list[tuple[str, str, list[str]]] = [
    ("gunicorn gthread", "wsgi", list(odd_apps.WSGI)),
    ("granian wsgi", "wsgi", list(odd_apps.WSGI)),
    ("uvicorn", "asgi", list(odd_apps.ASGI)),
    ("uvicorn", "asgi_without_lifespan", list(odd_apps.ASGI)),
    ("granian asgi", "asgi", list(odd_apps.ASGI)),
]
# Header fields that this server rejects and the wrapper, which appends its own, turns into a list.
LENIENT = {("granian wsgi", "/items-headers"), ("granian asgi", "/no-headers")}


class Served:
    """`server` with `app`, a process of its own that listens on a Unix socket in `folder`."""

    def __init__(self, folder: Path, server: str, app: str, more: str = "", **variables: str) -> None:
        folder.mkdir()
        self.at = folder / "socket"
        command = f"{COMMANDS[server]} {more}".format(socket=self.at, app=app).split()
        environment = os.environ | variables
        self._log = folder / "log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command], env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def wait(self) -> None:
        deadline = time.monotonic() + WITHIN
        while not listens(self.at):
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.02)

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # with its workers, which would else wait for connections
        self._process.wait(WITHIN)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts a server; those that still run end with the test."""
    started: list[Served] = []

    def start_one(server: str, app: str, more: str = "", **variables: str) -> Served:
        started.append(Served(tmp_path / str(len(started)), server, app, more, **variables))
        return started[-1]

    yield start_one
    for each in started:
        each.end()


def listens(at: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(at)) == 0


def fetch(at: Path, path: str, *headers: str) -> bytes:
    """The response as it came, without the header fields in ADDED."""
    more = "".join(f"{each}\r\n" for each in headers)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(WITHIN)
        connection.connect(str(at))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}Connection: close\r\n\r\n".encode())
        response = b"".join(iter(lambda: connection.recv(65536), b""))
    head, separator, body = response.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(ADDED)]
    return b"\r\n".join(lines) + separator + body


def test_the_wrapper_changes_no_byte_of_an_odd_application(start: Callable[..., Served]) -> None:
    for server, app, paths in ROWS:
        found = Found({"own": Target("tests.unit.odd_apps", app, interface=app[:4])})
        plain = start(server, f"tests.unit.odd_apps:{app}")
        wrapped = start(server, "own.app:app", SERVICE="own", OWN_FOUND=found.to_json())
        plain.wait()
        wrapped.wait()
        for path in paths:
            wanted, got = fetch(plain.at, path), fetch(wrapped.at, path)
            case = f"{app}{path} under {server}: wanted {wanted!r}, got {got!r}"
            if (server, path) in LENIENT:
                assert (wanted[9:12], got[9:12]) == (b"500", b"200"), case
            else:
                assert got == wanted, case
        plain.end()  # of all servers at once, the suite's container has not the memory
        wrapped.end()


def test_at_its_host_name_an_application_hears_of_no_prefix(start: Callable[..., Served]) -> None:
    """What a server without a prefix would tell it. Of the mark that nginx sends, it hears nothing either."""
    for server, option in MOUNTED.items():
        app = "wsgi" if server in ("gunicorn gthread", "granian wsgi") else "asgi"
        found = Found({"own": Target("tests.unit.odd_apps", app, interface=app)})
        plain = start(server, f"tests.unit.odd_apps:{app}")
        wrapped = start(server, "own.app:app", option, SERVICE="own", OWN_FOUND=found.to_json())
        plain.wait()
        wrapped.wait()
        prefix = "" if server == "uvicorn" else PREFIX  # which it adds by itself
        wanted, got = fetch(plain.at, "/where?x=%2F"), fetch(wrapped.at, f"{prefix}/where?x=%2F", f"{AT_ROOT}: own")
        assert got == wanted, f"{server}: wanted {wanted!r}, got {got!r}"
        assert b"/where" in got, f"{server}: {got!r}"
        plain.end()
        wrapped.end()
