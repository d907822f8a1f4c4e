"""Who served a request, and how many were being served at any moment."""

from collections.abc import Iterable

from experiments.schema.samples import ServedSample

# Two processes read their clocks apart, and between two requests of one worker there is next to no time: a request
# counts as a little shorter than it was (a share of it, and at most so many seconds), or they would overlap.
MARGIN, LONGEST_MARGIN = 0.05, 0.002


def process(row: ServedSample) -> tuple[str, int]:
    """A process id is unique in its container only; rows of earlier versions do not say which that was."""
    return row.host or "", row.pid or 0


def lane(row: ServedSample) -> tuple[str, int, str]:
    """What carried a request inside its process: a thread, a greenlet, a task."""
    return *process(row), row.lane or ""


def at_once(rows: Iterable[ServedSample]) -> int:
    """The most requests between their start and their end at any moment. One that took no time was still one."""
    spans = [row.span for row in rows if row.span is not None]
    moments = sorted(moment for span in spans for moment in _shorten(*span))
    most, now = min(1, len(spans)), 0
    for _, change in moments:
        now += change
        most = max(most, now)
    return most


def _shorten(start: float, end: float) -> tuple[tuple[float, int], tuple[float, int]]:
    margin = min(LONGEST_MARGIN, MARGIN * (end - start))
    return (start + margin, 1), (end - margin, -1)
