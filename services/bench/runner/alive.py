"""The file by which a health check sees that the bench has its turns."""

from pathlib import Path

ALIVE = Path("/tmp/alive")  # touched at every turn, of queue and command line alike: see healthcheck
