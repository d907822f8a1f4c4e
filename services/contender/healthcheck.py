"""Asks the application in this container for /healthz; anything but 200 is a failure, said on standard error."""

import http.client
import os
import sys

TIMEOUT = 2.0  # seconds; the container's health check gives up at 3


def main() -> int:
    # gunicorn answers below SCRIPT_NAME only; uvicorn is asked without its root path.
    path = os.environ.get("SCRIPT_NAME", "") + "/healthz"
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except OSError as error:
        sys.stderr.write(f"{path}: {error}\n")
        return 1
    if status != http.HTTPStatus.OK:
        sys.stderr.write(f"{path}: {status} instead of 200\n")
    return int(status != http.HTTPStatus.OK)


if __name__ == "__main__":
    sys.exit(main())
