"""What grew between two readings of a contender's memory, by the line that is to blame."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.stats.categories import APPLICATION
from bench.stats.stacks import Frame, category_of, short

LINES = 20  # that are stored: a table to read
KIB = 1024
# What a line keeps, above which it grows with the requests: less is a cache that fills up, or an object that was
# replaced. A pointer in a list is 8 bytes, the smallest object of Python 16.
EACH = 16.0  # bytes per request
LEAST = 128 * KIB  # bytes in all

Trace = Sequence[Any]  # bytes, blocks, and lines [file, line], innermost first


@dataclass(frozen=True, slots=True)
class Growth:
    file: str
    line: int
    size: int  # bytes
    blocks: int


def grown(before: Iterable[Trace], after: Iterable[Trace]) -> list[Growth]:
    """Lines, those that grew most first."""
    found: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for sign, traces in ((-1, before), (1, after)):
        for size, blocks, lines in traces:
            group = found[_line_of(lines)]
            group[0] += sign * size
            group[1] += sign * blocks
    order = sorted(found.items(), key=lambda each: -each[1][0])
    return [Growth(file, line, size, blocks) for (file, line), (size, blocks) in order if size > 0]


def grows(size: float, requests: int) -> bool:
    """Whether so many bytes of a line are left of the requests, and not of something else."""
    return size >= max(LEAST, EACH * requests)


def _line_of(lines: Sequence[Sequence[Any]]) -> tuple[str, int]:
    """The application's that is innermost, whatever allocated for it; else the innermost that is no library's."""
    frames = [Frame("", file, line) for file, line in lines]
    owners = [category_of(each) for each in frames]
    own = (each for each, owner in zip(frames, owners, strict=True) if owner == APPLICATION)
    others = (each for each, owner in zip(frames, owners, strict=True) if owner is not None)
    found = next(own, next(others, frames[0]))
    return short(found.file), found.line
