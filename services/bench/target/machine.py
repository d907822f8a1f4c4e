"""The machine under the lab: how busy it is, and what it is."""

import os
import platform
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_STAT = Path("/proc/stat")  # of the whole machine, also inside a container
_TICKS = os.sysconf("SC_CLK_TCK")  # its unit: hundredths of a second

CORES = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Busy:
    """What all processes have used until a moment, in seconds of CPU time."""

    at: float
    cpu_seconds: float  # of processes here, and what the machine's own host took away from it (steal)
    steal_seconds: float = 0.0  # the latter alone

    @classmethod
    def now(cls) -> Self:
        # https://docs.kernel.org/filesystems/proc.html: user nice system idle iowait irq softirq steal guest guest_nice
        user, nice, system, _, _, irq, softirq, steal = map(int, _STAT.read_text().split()[1:9])
        used = user + nice + system + irq + softirq + steal
        return cls(time.monotonic(), used / _TICKS, steal / _TICKS)


def share(before: Busy, after: Busy, ours: float = 0.0) -> float:
    """Per cent of all cores that were busy between two moments, without `ours` seconds of CPU time."""
    seconds = max(1e-9, after.at - before.at)
    return max(0.0, 100 * (after.cpu_seconds - before.cpu_seconds - ours) / (seconds * CORES))


def governors(cpus: Path = Path("/sys/devices/system/cpu")) -> set[str]:
    """What decides the frequency of its cores; none where the machine does not say."""
    found = set()
    for path in cpus.glob("cpu[0-9]*/cpufreq/scaling_governor"):
        with suppress(OSError):  # hidden from containers on some hosts
            found.add(path.read_text().strip())
    return found


def describe() -> dict[str, object]:
    return {
        "cores": CORES,
        "cpu_model": _first("/proc/cpuinfo", "model name") or platform.machine(),
        "memory_mb": int((_first("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) // 1024,
        "kernel": platform.release(),
        "load_before": [round(each, 2) for each in os.getloadavg()],
    }


def _first(path: str, name: str) -> str | None:
    lines = (line.partition(":") for line in Path(path).read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), None)
