"""What a contender has used, by its own account: all replicas together, at a moment."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Lag:
    """Of the event loops of a contender: beats that were due, by how much they were late together, how often a loop was
    held for more than 100 ms, and by which line the last time. See contender/lag.py."""

    beats: int
    late_seconds: float
    held: int
    held_by: str | None

    def since(self, before: Lag) -> dict[str, Any] | None:
        """What came since, as a notice says it. None where nothing did, or a worker took its own with it."""
        beats, held = self.beats - before.beats, self.held - before.held
        if beats <= 0 or held < 0:
            return None
        mean = max(0.0, 1000 * (self.late_seconds - before.late_seconds) / beats)
        return {"mean_ms": round(mean, 3), "held": held, "held_by": self.held_by if held else None}


@dataclass(frozen=True, slots=True)
class Usage:
    """Of all replicas of a contender, at a moment: CPU time since their start, and memory."""

    cpu_seconds: float
    memory_mb: float
    workers: int
    processes: frozenset[tuple[str, int]]  # host and process id of each
    opened: int | None = None  # connections to it since its start; None where one of them does not say
    lag: Lag | None = None  # None where its workers have no event loop


_SUMS = ("cpu_seconds", "memory_mb", "workers")


def added_up(replies: list[dict[str, Any]]) -> Usage:
    """From what each replica answers at /usage."""
    cpu_seconds, memory_mb, workers = (sum(each[name] for each in replies) for name in _SUMS)
    processes = frozenset((each["host"], pid) for each in replies for pid in each["processes"])
    opened = [(each.get("sockets") or {}).get("accepted") for each in replies]
    known = [each for each in opened if each is not None]
    accepted = sum(known) if len(known) == len(replies) else None
    return Usage(cpu_seconds, memory_mb, workers, processes, accepted, _lag(replies))


def _lag(replies: list[dict[str, Any]]) -> Lag | None:
    every = [each["loop_lag"] for each in replies if each.get("loop_lag")]
    if not every:
        return None
    beats, late, held = (sum(each[name] for each in every) for name in ("beats", "late_seconds", "held"))
    return Lag(beats, late, held, next((each["held_by"] for each in every if each["held_by"]), None))
