"""What the bench may tell a contender's server to do, at /internal/, which nginx never routes."""

import os
import signal

from contender.usage import first_process


def stop() -> dict[str, int]:
    """Asks the server to stop as `docker stop` does, by SIGTERM; Docker starts its container again."""
    server = first_process()
    os.kill(server, signal.SIGTERM)
    return {"stopping": server}
