"""Requests the health of the application in this container; a failure is printed to standard error.

Or of another one, at HEALTH_ADDRESS, host:port: in an image of the user's own there may be no Python.
The lab's respond to /healthz with 200. An application of the user's own is healthy with any status below 400 at
HEALTH_PATH; where a redirect leads is printed on standard output, for scripts/try.

Over a socket: a check with http.client takes 43 ms of CPU time, most of it to import that, and this one 19. Each
container is checked twice a minute, beside what is measured, and twice a second while it starts.
"""

import os
import socket
import sys

TIMEOUT = 2.0  # seconds to connect, and then for each part of the response; the container's health check gives up at 3


def main() -> int:
    # gunicorn answers below SCRIPT_NAME only, granian below its prefix; uvicorn is requested without its root path. The
    # path of gunicorn's asgi worker has the prefix, as nginx passes it on: without it Quart, for one, has no such page.
    own = os.environ.get("HEALTH_PATH")
    prefixes = ("SCRIPT_NAME", "GRANIAN_URL_PATH_PREFIX", *(["MOUNT_PREFIX"] if own else []))
    mounted = next((prefix for name in prefixes if (prefix := os.environ.get(name))), "")
    path = mounted + (own or "/healthz")
    host, _, port = os.environ.get("HEALTH_ADDRESS", "127.0.0.1:8000").partition(":")
    try:
        status, location = get(host, int(port), path)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{path}: {type(error).__name__}: {error}\n")
        return 1
    well = status < 400 if own else status == 200
    if not well:
        sys.stderr.write(f"{path}: {status} instead of {'one below 400' if own else '200'}\n")
    elif location:
        sys.stdout.write(f"{path} redirects to {_below_its_prefix(location)}\n")
    return int(not well)


def get(host: str, port: int, path: str) -> tuple[int, str]:
    """The status, and where a redirect leads. ValueError for what is not HTTP, OSError where no server responds."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    with socket.socket() as connection, connection.makefile("rb") as response:
        connection.settimeout(TIMEOUT)
        connection.connect((host, port))  # create_connection() imports all of IDNA
        connection.sendall(request.encode("ascii"))
        status = 0
        while status < 200:  # after a 103 Early Hints, say, comes the response itself
            line = response.readline(65536).decode("latin-1")
            version, _, rest = line.partition(" ")
            if not (version.startswith("HTTP/1.") and rest[:3].isdecimal()):
                raise ValueError(
                    f"no HTTP response: {line!r}" if line else "the connection was closed without a response"
                )
            status = int(rest[:3])
            headers = {}
            while ":" in (line := response.readline(65536).decode("latin-1")):
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
    return status, headers.get("location", "")


def _below_its_prefix(location: str) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415 # for the few that redirect: it takes a fifth of a check

    parts = urlsplit(location)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.path.removeprefix(f'/{os.environ.get("SERVICE", "")}')}{query}"


if __name__ == "__main__":
    sys.exit(main())
