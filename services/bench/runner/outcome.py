"""Whether anything came of a run: one in which no request succeeded has failed, whatever it measured of that."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bench.notices import Notice, PointMeasured, of
from bench.stats.phrases import by_kind


def failure(
    succeeded: Callable[[Any], bool], rows: Sequence[Any], notices: Iterable[Notice], contenders: Sequence[str]
) -> str | None:
    """Why the run failed although it came to its end; None of a run that succeeded, or has no rows."""
    if not rows or any(map(succeeded, rows)):
        return None
    kinds = Counter(row.error for row in rows if getattr(row, "error", None))
    for point in of(PointMeasured, notices):
        kinds.update(point.errors or {})  # of an earlier version, which had none
    kinds["timeout"] += sum(getattr(row, "timeouts", 0) for row in rows)
    why = f" ({by_kind(+kinds)})" if +kinds else ""
    return f"No request succeeded{why}. See: docker compose logs {' '.join(contenders)}"
