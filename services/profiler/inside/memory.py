"""What memory a process holds, by the lines that allocated it since tracing began: tracemalloc of the standard library."""

import gc
import tracemalloc
from collections import defaultdict
from typing import Any

# Frames of each allocation. One would be the line in a library that made the object; the line of the application that
# called it is seldom further out than this.
DEPTH = 12


def main(action: str) -> Any:
    """`start`, `stop`, or `read`: bytes, blocks and lines, innermost first, of what is alive."""
    if action == "start":
        gc.collect()
        tracemalloc.start(DEPTH)
    elif action == "stop":
        tracemalloc.stop()
    elif tracemalloc.is_tracing():
        gc.collect()  # a cycle that waits for the collector is no growth
        return {"traces": _held(), "overhead": tracemalloc.get_tracemalloc_memory()}
    return None


def _held() -> list[tuple[int, int, list[tuple[str, int]]]]:
    held: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for trace in tracemalloc.take_snapshot().traces:
        group = held[trace.traceback]
        group[0] += trace.size
        group[1] += 1
    return [
        (size, blocks, [(frame.filename, frame.lineno) for frame in reversed(traceback)])
        for traceback, (size, blocks) in held.items()
    ]
