"""Whether anything came of a run: one in which no request succeeded has failed, whatever it measured of that."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from bench.messages import Noticed, Row
from bench.stats.spoken import by_kind
from bench.stats.summary import data_of

_SUCCEEDED: dict[str, Callable[[Row], bool]] = {
    **dict.fromkeys(("race", "waterfall", "victim", "slow-clients", "workers"), lambda row: row["error"] is None),
    **dict.fromkeys(("sweep", "rate", "capacity"), lambda row: row["requests"] > 0),
    "protocols": lambda _: True,  # that a feature is missing is a finding
    "advise": lambda row: row["kept"] is not None,  # None: it could not be measured
}


def succeeded(experiment: str, rows: Iterable[Row]) -> bool:
    return any(map(_SUCCEEDED[experiment], rows))


def failure(experiment: str, rows: Sequence[Row], notices: Iterable[Noticed], contenders: Sequence[str]) -> str | None:
    """Why the run failed although it came to its end; None of a run that succeeded, or has no rows."""
    if not rows or succeeded(experiment, rows):
        return None
    kinds = Counter(row["error"] for row in rows if row.get("error"))
    for data in data_of(notices, "point"):
        kinds.update(data.get("errors", {}))
    kinds["timeout"] += sum(row.get("timeouts", 0) for row in rows)
    why = f" ({by_kind(+kinds)})" if +kinds else ""
    return f"No request succeeded{why}. See: docker compose logs {' '.join(contenders)}"
