"""The greenlets of a process that wait, by their stacks: gevent's, eventlet's, and any other library's."""

import gc
import sys
from collections import Counter
from typing import Any

MOST = 30  # groups, as profiler/waiting.py has them

Frames = tuple[str, ...]


def main() -> list[tuple[Frames, int]]:
    """Stacks, outermost first, and how many wait so; all but the one that runs this, and hubs."""
    kind: Any = getattr(sys.modules.get("greenlet"), "greenlet", None)
    if kind is None:
        return []
    # There is no list of them: all objects are looked at, which is what this costs.
    every = [each for each in gc.get_objects() if isinstance(each, kind)]
    waiting = (each for each in every if each.gr_frame is not None and not _is_hub(each))
    return Counter(_stack(each.gr_frame) for each in waiting).most_common(MOST)


def _is_hub(each: Any) -> bool:
    """What runs the others is a child of the main greenlet, and so is the hub that a master left behind at its fork."""
    return each.parent is not None and each.parent.parent is None


def _stack(frame: Any) -> Frames:
    frames = []
    while frame is not None:
        code = frame.f_code
        frames.append(f"{code.co_qualname} ({code.co_filename}:{frame.f_lineno})")
        frame = frame.f_back
    return tuple(reversed(frames))
