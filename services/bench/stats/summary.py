"""What the rows of a run come to: pure functions, for the event `summary`, tables, pictures and verdicts alike."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from bench.messages import Noticed, Row
from bench.stats import Latencies, spread
from bench.stats.latencies import too_few_for
from bench.stats.spoken import by_kind, count, milliseconds
from experiments.samples import PROBE_TIMEOUT

# --- race ---------------------------------------------------------------------------------------------

# Two processes read their clocks apart, and between two requests of one worker there is next to no time: a request
# counts as a little shorter than it was (a share of it, and at most so many seconds), or they would overlap.
MARGIN, LONGEST_MARGIN = 0.05, 0.002
ROUNDS = 0.25  # how far from whole rounds a contender may be for them to be called rounds
NEARLY = 0.9  # share of the requests at once, from which on what is left makes no second round
MOST = 0.75  # share of the requests from which on one process of several has taken most of them
FEW = 4  # requests, below which it is chance which process takes them


@dataclass(frozen=True, slots=True)
class Raced:
    contender: str
    answered: int
    errors: int
    first_ms: float | None  # from when the requests were sent to the first answer
    last_ms: float | None
    at_once: int  # the most that were being worked on at any moment
    processes: int
    lanes: int
    pattern: str = ""  # "2 at a time: 10 rounds of 200 ms"; empty where no answer says when it was worked on
    failures: str = ""  # kinds of errors, with how often each
    share: str = ""  # where one process did the work of several

    @property
    def text(self) -> str:
        """How it served what it answered, in a sentence; what failed is in those of the run: see `failed`."""
        if not self.answered or self.last_ms is None:
            return ""
        last = f"the last response after {milliseconds(self.last_ms)}"
        if not self.pattern:  # its responses lack X-Served-By
            return f"{self.contender} served {self.answered} without naming the process; {last}."
        share = f" ({self.share})" if self.share else ""
        return f"{self.contender} served {self.pattern}, in {count(self.processes, 'process')}{share}; {last}."

    @property
    def failed(self) -> str:
        """sync: 3 of 20 failed (status 503: 3)."""
        return f"{self.contender}: {self.errors} of {self.answered + self.errors} failed ({self.failures})"


def raced(rows: Iterable[Row]) -> list[Raced]:
    return [_raced(contender, own) for contender, own in by(rows, "contender").items()]


def _raced(contender: str, rows: list[Row]) -> Raced:
    right = [row for row in rows if row["error"] is None]
    took = [1000 * (row["received"] - row["sent"]) for row in right]
    served = Counter(process(row) for row in right if row["pid"] is not None)
    return Raced(
        contender,
        len(right),
        len(rows) - len(right),
        min(took, default=None),
        max(took, default=None),
        at_once(right),
        len(served),
        len({lane(row) for row in right if row["pid"] is not None}),
        pattern(right),
        by_kind(Counter(row["error"] for row in rows if row["error"] is not None)),
        _share(served, len(rows)),
    )


def process(row: Row) -> tuple[str, int]:
    """A process id is unique in its container only; rows of earlier versions do not say which that was."""
    return row.get("host") or "", row["pid"]


def lane(row: Row) -> tuple[str, int, str]:
    """What carried a request inside its process: a thread, a greenlet, a task."""
    return *process(row), row["lane"]


def at_once(rows: Iterable[Row]) -> int:
    """The most requests between their start and their end at any moment. One that took no time was still one."""
    spans = [(row["started"], row["finished"]) for row in rows if row["started"] is not None]
    moments = sorted(moment for span in spans for moment in _shortened(*span))
    most, now = min(1, len(spans)), 0
    for _, change in moments:
        now += change
        most = max(most, now)
    return most


def _shortened(start: float, end: float) -> tuple[tuple[float, int], tuple[float, int]]:
    margin = min(LONGEST_MARGIN, MARGIN * (end - start))
    return (start + margin, 1), (end - margin, -1)


def pattern(rows: Iterable[Row]) -> str:
    """What one contender did with its requests: "2 at a time: 10 rounds of 200 ms"."""
    served = [row for row in rows if row["started"] is not None]
    if not served:
        return ""
    work = 1000 * median(row["finished"] - row["started"] for row in served)
    each, peak = milliseconds(work), at_once(served)
    if len(served) == 1:
        return f"one request of {each}"
    if peak >= NEARLY * len(served):
        return f"{'all' if peak >= len(served) else 'nearly all'} {len(served)} at once, {each} each"
    rounds = -(-len(served) // peak)
    span = 1000 * (max(row["finished"] for row in served) - min(row["started"] for row in served))
    at_a_time = f"{'one' if peak == 1 else peak} at a time"
    if work and abs(span / work / rounds - 1) <= ROUNDS:
        return f"{at_a_time}: {count(rounds, 'round')} of {each}"
    return f"{'up to ' * (peak > 1)}{at_a_time}, {each} each (median)"


def _share(served: Counter[tuple[str, int]], of: int) -> str:
    """Where one process did the work of several: greenlets of one process take all connections that they can get."""
    if len(served) < 2 or of < FEW:
        return ""
    ((_, pid), most), *_ = served.most_common(1)
    return f"process {pid} took {most} of {of}" if most >= MOST * of else ""


# --- latencies that are compared ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tail:
    """By which figure slow responses are compared: one for all that is compared, and named."""

    name: str
    field: str


P99, MAXIMUM = Tail("p99", "p99_ms"), Tail("maximum", "max_ms")


def tail(compared: Iterable[Pointed | Probed]) -> Tail:
    """The p99; where one of them has too few responses for it, the maximum, which each has."""
    return MAXIMUM if any(P99.field in each.too_few_for for each in compared) else P99


# --- points -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pointed:
    """One contender at one point, over its repeats: medians, never averages of percentiles; the highest maximum."""

    contender: str
    point: float
    repeats: int
    spread_pct: float | None  # of throughput: (highest - lowest) / median
    errors: int
    timeouts: int
    values: dict[str, float | None]
    uncorrected_p99_ms: float | None = None  # of an open loop: from when each request was sent
    uncorrected_max_ms: float | None = None
    too_few_for: tuple[str, ...] = ()  # percentiles that the responses of all repeats together do not support

    def latency(self, by: Tail) -> float:
        return self.values[by.field] or 0.0

    def uncorrected(self, by: Tail) -> float | None:
        return self.uncorrected_p99_ms if by is P99 else self.uncorrected_max_ms


MEDIANS = ("rps", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "mean_ms", "cpu_pct", "rss_mb")


def pointed(rows: Iterable[Row], notices: Iterable[Noticed] = ()) -> list[Pointed]:
    grouped: dict[tuple[str, float], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["contender"], row["point"]].append(row)
    uncorrected: dict[tuple[str, float], list[Row]] = defaultdict(list)
    for data in data_of(notices, "point"):
        if data.get("uncorrected"):
            uncorrected[data["contender"], data["point"]].append(data["uncorrected"])
    return [_pointed(*key, own, uncorrected[key]) for key, own in grouped.items()]


def _pointed(contender: str, point: float, rows: list[Row], uncorrected: list[Row]) -> Pointed:
    values = {name: middle(row[name] for row in rows) for name in MEDIANS}
    values["max_ms"] = highest(row["max_ms"] for row in rows)
    rates = [row["rps"] for row in rows]
    total = {name: sum(row[name] for row in rows) for name in ("requests", "errors", "timeouts")}
    return Pointed(
        contender,
        point,
        len(rows),
        100 * spread(rates) if values["rps"] and len(rows) > 1 else None,
        total["errors"],
        total["timeouts"],
        values,
        middle(each["p99_ms"] for each in uncorrected),
        highest(each.get("max_ms") for each in uncorrected),
        too_few_for(total["requests"] + total["timeouts"]),  # a timeout counts as a latency, too
    )


def highest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


# --- probes -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Probed:
    contender: str
    via: str
    phase: str
    sent: int
    errors: int  # beside time-outs
    timeouts: int
    p50_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    too_few_for: tuple[str, ...] = ()

    def latency(self, by: Tail) -> float | None:
        return self.p99_ms if by is P99 else self.max_ms


def probed(rows: Iterable[Row]) -> list[Probed]:
    grouped: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["contender"], row["via"], row["phase"]].append(row)
    return [_probed(*key, own) for key, own in grouped.items()]


def _probed(contender: str, via: str, phase: str, rows: list[Row]) -> Probed:
    timeouts = sum(row["error"] == "timeout" for row in rows)
    errors = sum(row["error"] is not None for row in rows) - timeouts
    latencies = Latencies(took for row in rows if (took := waited_ms(row)) is not None)
    figures = (latencies.p50, latencies.p99, latencies.max)
    return Probed(contender, via, phase, len(rows), errors, timeouts, *figures, too_few_for(len(latencies)))


def waited_ms(row: Row) -> float | None:
    """Of a probe; of one that timed out at least its time-out, or those who suffer most would not count at all."""
    if row["error"] is None:
        return float(1000 * (row["received"] - row["due"]))
    return 1000 * PROBE_TIMEOUT if row["error"] == "timeout" else None


# --- waterfall ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page: all requests of one client to one contender by one protocol."""

    contender: str
    protocol: str
    answered: int
    errors: int
    connections: int
    last_ms: float | None  # from the first request to the last answer
    at_once: int  # the most that the contender was working on at any moment


def fetched(rows: Iterable[Row]) -> list[Fetched]:
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["contender"], row["protocol"]].append(row)
    return [_fetched(*key, own) for key, own in grouped.items()]


def _fetched(contender: str, protocol: str, rows: list[Row]) -> Fetched:
    right = [row for row in rows if row["error"] is None]
    begun = min(row["sent"] for row in rows)
    last = max((1000 * (row["received"] - begun) for row in right), default=None)
    connections = len({row["connection"] for row in rows})
    return Fetched(contender, protocol, len(right), len(rows) - len(right), connections, last, at_once(right))


# --- protocols ----------------------------------------------------------------------------------------


def verdicts(rows: Iterable[Row]) -> dict[str, dict[str, dict[str, Row]]]:
    """By way and feature, the row of each contender."""
    return {
        via: {feature: {row["contender"]: row for row in own} for feature, own in by(every, "feature").items()}
        for via, every in by(rows, "via").items()
    }


# --- all of them --------------------------------------------------------------------------------------


def summary_rows(experiment: str, rows: Iterable[Row], notices: Iterable[Noticed] = ()) -> list[dict[str, Any]]:
    """A line for each contender of a race, point of a load, or phase of a probe: as JSON."""
    return _ROWS[experiment](rows, notices)


def _race(rows: Iterable[Row], _: Iterable[Noticed]) -> list[dict[str, Any]]:
    return [asdict(each) | {"text": each.text} for each in raced(rows)]


def _points(rows: Iterable[Row], notices: Iterable[Noticed]) -> list[dict[str, Any]]:
    lines = [asdict(each) for each in pointed(rows, notices)]
    return [line | line.pop("values") for line in lines]


def _probes(rows: Iterable[Row], _: Iterable[Noticed]) -> list[dict[str, Any]]:
    return [asdict(each) for each in probed(rows)]


def _waterfall(rows: Iterable[Row], _: Iterable[Noticed]) -> list[dict[str, Any]]:
    return [asdict(each) for each in fetched(rows)]


def _protocols(rows: Iterable[Row], _: Iterable[Noticed]) -> list[dict[str, Any]]:
    """How many of each verdict, a line for each contender and way."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row["contender"], row["via"]][row["verdict"]] += 1
    return [
        {"contender": contender, "via": via} | {kind: count[kind] for kind in ("yes", "partly", "no")}
        for (contender, via), count in counts.items()
    ]


def _as_they_are(rows: Iterable[Row], _: Iterable[Noticed]) -> list[dict[str, Any]]:
    return list(rows)


_ROWS: dict[str, Callable[[Iterable[Row], Iterable[Noticed]], list[dict[str, Any]]]] = {
    "race": _race,
    "sweep": _points,
    "rate": _points,
    "capacity": _points,
    "victim": _probes,
    "slow-clients": _probes,
    "protocols": _protocols,
    "waterfall": _waterfall,
    "workers": _as_they_are,
    "advise": _as_they_are,
}


def by(rows: Iterable[Row], name: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[name]].append(row)
    return dict(groups)


def data_of(notices: Iterable[Noticed], kind: str) -> list[dict[str, Any]]:
    return [notice.data for notice in notices if notice.type == kind]
