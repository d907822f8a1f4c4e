"""What this container's server has used, and may use: read from /proc and the control group."""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contender.identity import FREE_THREADED, interpreter
from contender.lag import lag
from contender.observe import files

PROC = Path("/proc")
CGROUP = Path("/sys/fs/cgroup")

SERVING = Path("/tmp/serving")  # a file for each worker process that serves, named by its process id

PACKAGES = Path(__file__).parents[1] / "packages.json"  # of a slot with versions of its own: slots/install.py

# What can be broken on purpose, and as what it comes: see services/README.md.
SWITCHES = {
    "GUNICORN_TIMEOUT": "0",
    "MAX_REQUESTS": "0",
    "MAX_REQUESTS_JITTER": "0",
    "PRELOAD": "0",
    "KEEPALIVE_SECONDS": "15",
    "PROXY_BUFFERING": "0",
    "CONTENDER_MEMORY": "1G",
    "LEAK_BYTES": "0",
    "OBSERVE": "",  # nothing is broken, but it costs
}

FIRST = 1  # the container's first process; what Docker executes beside it, such as a health check, has no parent here
MIB = 1024 * 1024


def usage(memory: Callable[[int], int] | None = None, net: Path | None = None) -> dict[str, Any]:
    """CPU time in seconds since the start, memory in MiB (PSS: shared pages are divided), limits and sockets.

    `threads` are those of each worker, where its server has a number of them; `switches` what is broken on purpose;
    `slot` what a slot differs in; `loop_lag` how late event loops were, where asyncio's carries the requests. `memory`
    is that of a process, in bytes, if it is not to be the PSS; `net` the folder of /proc if another network is meant.
    """
    processes = tree(PROC)
    return {
        "service": os.environ.get("SERVICE", "unknown"),
        "host": socket.gethostname(),
        "cpu_seconds": sum(map(cpu_seconds, processes)),
        "memory_mb": round(sum(map(memory or pss, processes)) / MIB, 2),
        "processes": sorted(processes),
        "workers": len(ready_pids()),
        "threads": int(os.environ["THREADS"]) if "THREADS" in os.environ else None,
        "db_pool": int(os.environ.get("DB_POOL", "10")),
        "switches": overrides(),
        "slot": slot(),
        "loop_lag": lag(ready_pids()),
        "metrics_files": files.count(),
        "cpus": cpu_limit(CGROUP),
        "memory_limit_mb": memory_limit(CGROUP),
        "cpuset": sorted(os.sched_getaffinity(0)),
        "sockets": sockets(net or PROC / "net"),
    }


def overrides() -> dict[str, str]:
    """What is broken on purpose."""
    now = {name: os.environ.get(name) or usual for name, usual in SWITCHES.items()}
    return {name: value for name, value in now.items() if value != SWITCHES[name]}


def slot() -> dict[str, Any] | None:
    """Of a slot of scripts/ab: its base, what it differs in, and which packages and interpreter are not the base's."""
    text = os.environ.get("SLOT")
    if not text:
        return None
    reported: dict[str, Any] = json.loads(text)
    if PACKAGES.is_file():
        reported["packages"] = json.loads(PACKAGES.read_text("utf-8"))
    if FREE_THREADED:
        reported["python"] = interpreter()
    return reported


def tree(proc: Path) -> list[int]:
    """The server's processes: those that descend from the container's first one."""
    parents = dict(_parents(proc))
    return [pid for pid in parents if _descends(pid, parents)]


def mark_ready() -> None:
    """Called by each worker process when it begins to serve."""
    SERVING.mkdir(exist_ok=True)
    (SERVING / str(os.getpid())).touch()


def mark_stopping() -> None:
    """Called by one that knows that it ends, before it has."""
    (SERVING / str(os.getpid())).unlink(missing_ok=True)


def ready_pids() -> set[int]:
    """The worker processes that serve."""
    called = {int(each.name) for each in SERVING.glob("[0-9]*")}
    return called.intersection(tree(PROC))


def first_process(proc: Path = PROC) -> int:
    """The server's own: the child of Docker's init, or the container's first process where there is none."""
    return next((pid for pid, parent in _parents(proc) if parent == FIRST), FIRST)


def _parents(proc: Path) -> Iterator[tuple[int, int]]:
    for each in proc.glob("[0-9]*/stat"):
        try:
            stat = each.read_text("utf-8", "replace")
        except OSError:
            continue  # it has ended meanwhile
        # The name in parentheses may hold spaces and parentheses of its own.
        yield int(each.parent.name), int(stat.rpartition(")")[2].split()[1])


def _descends(pid: int, parents: dict[int, int]) -> bool:
    while pid not in (FIRST, 0):
        pid = parents.get(pid, 0)
    return pid == FIRST


def cpu_seconds(pid: int) -> float:
    """Of all its threads, ended ones too; to the nanosecond, where /proc counts hundredths of a second.

    The clock's number is that of clock_getcpuclockid(3), which Python does not offer.
    """
    try:
        return time.clock_gettime_ns(~pid << 3 | 2) / 1e9
    except OSError:
        return 0.0  # it has ended meanwhile


def pss(pid: int) -> int:
    """Proportional set size in bytes: forked workers share most of their pages, which are counted once."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # ended meanwhile, or Docker's init, which belongs to root
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def resident(pid: int) -> int:
    """Resident set size in bytes, of a process of any user: shared pages are counted for each."""
    try:
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0  # it has ended meanwhile


def sockets(net: Path) -> dict[str, int]:
    """TCP of this container's network: connections in TIME_WAIT and established now, and accepted since its start.

    /proc/net/snmp and /proc/net/sockstat: https://www.kernel.org/doc/html/latest/networking/snmp_counter.html
    """
    names, values = (line.split() for line in (net / "snmp").read_text().splitlines() if line.startswith("Tcp:"))
    tcp = dict(zip(names[1:], values[1:], strict=True))
    now = next(line.split() for line in (net / "sockstat").read_text().splitlines() if line.startswith("TCP:"))
    return {
        "time_wait": int(now[now.index("tw") + 1]),
        "established": int(tcp["CurrEstab"]),
        "accepted": int(tcp["PassiveOpens"]),
    }


def cpu_limit(cgroup: Path) -> float | None:
    """In CPUs; None where there is no limit, or no control group that has it."""
    quota, period = _words(cgroup / "cpu.max") or [
        *(_words(cgroup / "cpu/cpu.cfs_quota_us") or ["max"]),
        *(_words(cgroup / "cpu/cpu.cfs_period_us") or ["100000"]),
    ]
    return None if quota in ("max", "-1") else round(int(quota) / int(period), 3)


def memory_limit(cgroup: Path) -> float | None:
    """In MiB, like `cpu_limit`."""
    (limit,) = _words(cgroup / "memory.max") or _words(cgroup / "memory/memory.limit_in_bytes") or ["max"]
    # Without a limit, version 1 has the largest multiple of a page below 2**63.
    return None if limit == "max" or int(limit) > 2**60 else round(int(limit) / MIB, 2)


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
