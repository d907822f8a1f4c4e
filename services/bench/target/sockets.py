"""The bench's own network: how many of its ports wait out a closed connection, and how many there are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

_STATS = Path("/proc/net/sockstat")
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_REUSE = Path("/proc/sys/net/ipv4/tcp_tw_reuse")


@dataclass(frozen=True, slots=True)
class Sockets:
    time_wait: int
    ports: int  # ephemeral ones
    reused: bool  # a port in TIME_WAIT is taken again after a second; the default, 2, does so on loopback only

    @classmethod
    def now(cls) -> Self:
        low, high = map(int, _RANGE.read_text().split())
        return cls(_time_wait(_STATS.read_text()), high - low + 1, _REUSE.read_text().strip() == "1")


def _time_wait(stats: str) -> int:
    """Of a line `TCP: inuse 6 orphan 0 tw 3 ...`: https://man7.org/linux/man-pages/man5/proc_pid_net.5.html."""
    words = next((line.split() for line in stats.splitlines() if line.startswith("TCP:")), [])
    return int(words[words.index("tw") + 1]) if "tw" in words else 0
