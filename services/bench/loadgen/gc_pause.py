"""Keeps Python's garbage collector out of a measurement: a pass of it stops the generator for milliseconds."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_depth = 0


@contextmanager
def pause_gc() -> Iterator[None]:
    """What exists is not looked at again, and what is made is freed by its reference count; may be nested."""
    global _depth  # noqa: PLW0603 -- one collector a process
    if _depth == 0:
        gc.collect()
        gc.freeze()
        gc.disable()
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if _depth == 0:
            gc.enable()
            gc.unfreeze()
