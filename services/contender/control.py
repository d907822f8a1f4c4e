"""What the bench may have a contender's server do, at /internal/, which nginx never routes."""

import json
import os
import signal
import time
from collections.abc import Iterator
from math import floor
from typing import Any

from contender import usage
from contender.problem import Problem

MOST = 32  # workers; as WORKERS allows
POLL = 0.05  # seconds between two looks, and between two signals: a signal that finds its like pending is lost
SETTLED = 5.0  # seconds without a worker that comes or goes, after which signals are sent again; a start took 0.5
# Seconds for all of it: a green worker that stops waits until its connections are gone, 15 s at most.
PATIENCE = 30.0
FULL = 0.9  # share of the memory limit that workers may need: the kernel's own buffers count, too
LONGEST = 1024  # bytes of the document


RELOADING = ("gunicorn", "uvicorn", "granian")  # servers whose master takes SIGHUP so


GUNICORN: Any = None  # its worker object, in a worker of it: gunicorn.conf.py


def stop() -> dict[str, int]:
    """Asks the server to stop as `docker stop` does, by SIGTERM; Docker starts its container again."""
    server = usage.first_process()
    os.kill(server, signal.SIGTERM)
    return {"stopping": server}


def reload(server: str) -> dict[str, int]:
    """Asks the server for new workers with new code, by SIGHUP. Raises Problem 501 and 409, as `resize` does."""
    if server not in RELOADING:
        raise Problem(501, f"{server} cannot reload by signal: restart its container.")
    master = _master(server)
    os.kill(master, signal.SIGHUP)
    return {"reloading": master}


def _master(server: str) -> int:
    """The process that has the workers. Raises Problem 409 where this one is all there is."""
    master = usage.first_process()
    if master == os.getpid():
        raise Problem(409, f"{server} runs as a single process without a master; set WORKERS=2 or more.")
    return master


# --- the number of workers ----------------------------------------------------------------------------


def parse_worker_count(method: str, body: bytes) -> int:
    """Of a PUT its document's, of a DELETE the number that the server was started with. Raises Problem 400 and 422."""
    if method == "DELETE":
        return int(os.environ.get("WEB_CONCURRENCY", "1"))
    try:
        document = json.loads(body)
    except ValueError:
        raise Problem(400, 'The body is not JSON; send {"workers": 4}.') from None
    workers = document.get("workers") if isinstance(document, dict) else None
    if not isinstance(workers, int) or isinstance(workers, bool) or not 1 <= workers <= MOST:
        raise Problem(422, f"workers={workers!r} is not an integer from 1 to {MOST}.")
    return workers


def resize(server: str, workers: int) -> Iterator[None]:
    """Has the server start or stop workers; ends when exactly so many serve. The caller sleeps POLL at each turn.

    Raises Problem: 501 for a server that takes no signal for it, 409 for one without a master process and for more
    workers than the memory limit allows, 503 when it takes too long; 307 where another worker has to go on waiting.
    """
    if server not in ("gunicorn", "uvicorn"):
        remedy = "set WORKERS in .env, then scripts/up, or for an application of your own scripts/try again"
        raise Problem(501, f"{server} has no signal for its number of workers: {remedy}.")
    master = _master(server)
    _check_memory(workers, master)
    end, serve = time.monotonic() + PATIENCE, -1
    while not _are(workers):
        if time.monotonic() > end:
            raise Problem(503, f"{server} has {len(usage.ready_pids())} workers after {PATIENCE:g} s, not {workers}.")
        if not _are_expected(workers):
            _WANTED.write_text(str(workers))
            short = workers - len(usage.ready_pids())
            for _ in range(abs(short)):
                os.kill(master, signal.SIGTTIN if short > 0 else signal.SIGTTOU)
                yield
        if len(usage.ready_pids()) != serve:
            serve = len(usage.ready_pids())
            _WANTED.write_text(str(workers))
        if server == "uvicorn" and _stopping() and not _are(workers):
            # Its master stops one worker after the other: the next one when this one, with this request, has ended.
            headers = {"Location": "/internal/workers", "Connection": "close"}
            raise Problem(307, "This worker is stopping; retry to reach another worker.", headers)
        yield
    if _stopping():
        usage.mark_stopping()


_WANTED = usage.SERVING / "wanted"  # the number, written when signals are sent, and at each worker that comes or goes


def _are_expected(workers: int) -> bool:
    """Whether signals for so many are on their way already."""
    try:
        return _WANTED.read_text() == str(workers) and time.time() - _WANTED.stat().st_mtime < SETTLED
    except FileNotFoundError:
        return False


def _are(workers: int) -> bool:
    """Whether exactly so many serve, not counting this process if it is stopping."""
    pids = usage.ready_pids()
    return len(pids - {os.getpid()} if _stopping() else pids) == workers


def _stopping() -> bool:
    """Whether this worker has got the signal to stop. uvicorn's server handles the signal by a method of its own."""
    if GUNICORN is not None:
        return not GUNICORN.alive
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))


def _check_memory(workers: int, master: int) -> None:
    limit = usage.memory_limit(usage.CGROUP)
    each = max((usage.pss(pid) for pid in usage.ready_pids()), default=0) / usage.MIB
    if limit is None or not each or workers <= len(usage.ready_pids()):
        return  # there is always room for fewer
    room = FULL * limit - usage.pss(master) / usage.MIB
    if workers * each > room:
        fit = f"{max(1, floor(room / each))} fit into {limit:g} MiB (CONTENDER_MEMORY in .env)"
        raise Problem(409, f"{workers} workers at {each:.0f} MiB each do not fit: {fit}.")


def resize_result(workers: int) -> dict[str, Any]:
    """What /usage returns, of exactly so many workers. One that stops itself is gone once its connections are."""
    return usage.usage() | {"workers": workers, "stopping": os.getpid() if _stopping() else None}
