"""The files of prometheus_client's multiprocess mode, on a tmpfs of their own: a few for each process, 64 KiB at first.

The client keeps those of a process that has ended, as counters must not go back, and so their number grows with every
reload and every MAX_REQUESTS: prometheus/client_python#275. Here they are added up into one of each kind.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contender.observe import BROKEN, FOLDER

ENDED = "ended"  # in the place of a process id: counter_ended.db


@contextmanager
def locked() -> Iterator[None]:
    """For one process at a time: a scrape between two steps of `merge_ended` would count twice, or not at all."""
    with Path(FOLDER or "", "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def merge_ended() -> None:
    """Counters and histograms of processes that have ended are added to those of earlier ones; their gauges go."""
    if BROKEN == "files":
        return
    folder = Path(FOLDER or "")
    for path in sorted(folder.glob("*_[0-9]*.db")):
        kind, _, pid = path.stem.rpartition("_")
        if Path("/proc", pid).exists():
            continue
        if not kind.startswith("gauge"):
            _add(path, folder / f"{kind}_{ENDED}.db")
        path.unlink()


def _add(path: Path, total: Path) -> None:
    from prometheus_client.mmap_dict import MmapedDict  # noqa: PLC0415 # not there without OBSERVE

    sums = MmapedDict(str(total))
    for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
        sums.write_value(key, sums.read_value(key)[0] + value, 0.0)
    sums.close()


def count() -> int | None:
    """None where no process shares its metrics."""
    return len(list(Path(FOLDER).glob("*.db"))) if FOLDER else None
