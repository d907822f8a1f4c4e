"""The queue worker: takes runs from the records, one after the other, for ever."""

import logging
import os
import signal
import socket
import time
from types import FrameType
from typing import NoReturn

from bench.runner.alive import ALIVE
from bench.runner.recorder import Recorder
from bench.runner.records import Records, Unreachable
from bench.runner.run import exclusive, execute
from bench.runner.task import Task

POLL = 0.5  # seconds between two claims while nothing waits; each costs the records one row
# Seconds behind a run, in which a bench of the command line that waits has its turn: it tries five times a second.
PAUSE = 0.3

log = logging.getLogger(__name__)


def work(records: Records | None = None) -> NoReturn:
    """Ends at SIGTERM, also in the middle of a run, which goes back to the queue when its lease runs out."""
    records = records or Records.of_the_lab()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    signal.signal(signal.SIGTERM, _leave)
    log.info("Waiting for runs as %s", name())
    reachable = True
    while True:
        ALIVE.touch()
        worked = False
        try:
            with exclusive():
                worked = _one(records)
            if not reachable:
                log.info("records is reachable")
            reachable = True
        except Unreachable as error:
            if reachable:
                log.warning("%s Retrying.", error)
            reachable = False
        time.sleep(PAUSE if worked else POLL)


def _one(records: Records) -> bool:
    """Whether there was one."""
    lease = records.claim(name())
    if lease is None:
        return False
    run = lease.run
    log.info("Run %s: %s %s", run["id"], run["experiment"], run["params"])
    outcome = execute(Task.of(run), Recorder(records, lease))
    log.info("Run %s: %s%s", run["id"], outcome.state, f" ({outcome.error})" if outcome.error else "")
    return True


def name() -> str:
    """What the records call this runner: the container, and the process in it."""
    return f"bench-{socket.gethostname()}-{os.getpid()}"


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
