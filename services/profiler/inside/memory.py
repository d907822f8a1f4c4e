"""What a process holds of the memory that it allocated since tracing began, by line: tracemalloc."""

import gc
import tracemalloc
from collections import defaultdict
from typing import Any

# Frames of each allocation. One would be the line in a library that made the object; the application's is seldom beyond
# these. Each costs: a request took twice the CPU time with one, 5 times with six, 10 times with twelve.
DEPTH = 6


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
