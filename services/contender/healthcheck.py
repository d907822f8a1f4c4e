"""Asks the application in this container for its health; a failure is printed to standard error.

Or at another one's HEALTH_ADDRESS, host:port: in an image of the user's own there may be no Python.
The lab's answer /healthz with 200. An application of the user's own is well with anything below 400 at HEALTH_PATH;
where a redirect leads is printed on standard output, for scripts/try.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit

TIMEOUT = 2.0  # seconds; the container's health check gives up at 3


def main() -> int:
    # gunicorn answers below SCRIPT_NAME only, granian below its prefix; uvicorn is requested without its root path. The
    # path of gunicorn's asgi worker has the prefix, as nginx passes it on: without it Quart, for one, has no such page.
    own = os.environ.get("HEALTH_PATH")
    prefixes = ("SCRIPT_NAME", "GRANIAN_URL_PATH_PREFIX", *(["MOUNT_PREFIX"] if own else []))
    mounted = next((prefix for name in prefixes if (prefix := os.environ.get(name))), "")
    path = mounted + (own or "/healthz")
    host, _, port = os.environ.get("HEALTH_ADDRESS", "127.0.0.1:8000").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"{path}: {type(error).__name__}: {error}\n")
        return 1
    status, location = response.status, response.getheader("Location")
    well = status < http.HTTPStatus.BAD_REQUEST if own else status == http.HTTPStatus.OK
    if not well:
        sys.stderr.write(f"{path}: {status} instead of {'one below 400' if own else '200'}\n")
    elif location:
        sys.stdout.write(f"{path} redirects to {_below_its_prefix(location)}\n")
    return int(not well)


def _below_its_prefix(location: str) -> str:
    parts = urlsplit(location)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.path.removeprefix(f'/{os.environ.get("SERVICE", "")}')}{query}"


if __name__ == "__main__":
    sys.exit(main())
