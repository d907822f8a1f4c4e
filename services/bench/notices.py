"""What a run reports beside its rows: a class for each type of event, and the one place that matches those types."""

from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar

Document = dict[str, Any]  # as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    type: ClassVar[str]  # of the event

    def document(self) -> Document:
        """Its data as JSON, without what is at its default."""
        named = ((field, getattr(self, field.name)) for field in fields(self))
        return {field.name: value for field, value in named if value != field.default}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring(Notice):
    type: ClassVar[str] = "measuring"
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSeen(Notice):
    """Whether it was fit to measure before the run, and what disturbs it; shares are of all cores, from 0 to 1."""

    type: ClassVar[str] = "machine"
    fit: bool
    text: str
    findings: list[Document]
    foreign: float
    steal: float
    cores: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnBegan(Notice):
    """From here on it is this contender's requests that come."""

    type: ClassVar[str] = "contender"
    contender: str
    protocol: str | None = None
    at: float | None = None  # when the first of them is due, in seconds since the epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBegan(Notice):
    type: ClassVar[str] = "phase"
    contender: str
    via: str
    phase: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PointMeasured(Notice):
    """What the row of a point has no room for."""

    type: ClassVar[str] = "point"
    contender: str
    point: float
    repeat: int
    valid: bool
    doubts: list[Document]
    generator_limited: bool
    generator: Document
    cpu_us: float | None
    loop_lag: Document | None
    foreign_cpu_pct: float
    uncorrected: Document | None  # percentiles from when requests were sent
    fairness: Document
    errors: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFound(Notice):
    """What the search for a capacity came to; `rate` is None where none met the goal."""

    type: ClassVar[str] = "answer"
    contender: str
    rate: float | None
    low: float | None
    high: float | None
    repeats: int
    passed: int
    generator_limited: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended(Notice):
    type: ClassVar[str] = "advice"
    recommended: Document | None
    runner_up: Document | None
    sentences: list[str]
    command: str | None  # to paste
    rests_on: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowOutcome(Notice):
    """What became of slow clients."""

    type: ClassVar[str] = "slow"
    contender: str
    via: str
    connected: int
    dropped: int
    answered: int
    refused: int
    holding: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsPlanned(Notice):
    type: ClassVar[str] = "plan"
    first: int
    deviation_pct: float
    needed: int
    affordable: int
    pairs: int
    seconds_per_pair: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StacksSampled(Notice):
    """Of all repeats of a contender; see bench/stats/stacks.py."""

    type: ClassVar[str] = "stacks"
    contender: str
    samples: int
    dropped_us: float  # microseconds per request in stacks that are too rare to be stored
    frames: list[list[Any]]  # name, file, line, category
    stacks: list[list[float]]  # microseconds per request, then frames by their place in `frames`, outermost first
    functions: list[Document]  # those that spent most themselves, and
    slept: list[Document]  # those in which requests slept longest
    busy: list[float]  # worker processes with something to do, over the first repeat
    waiting: list[Document]  # tasks or greenlets when there were most of them, those that wait alike together


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTraced(Notice):
    """What tracing the memory of a contender cost; CPU time is per request."""

    type: ClassVar[str] = "traced"
    contender: str
    processes: int
    cpu_us: float | None  # before
    traced_us: float | None  # meanwhile
    overhead_mb: float  # MiB that tracing itself takes
    memory_mb: float | None  # of the contender with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded(Notice):
    """One that is a sentence itself."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopLag(Worded):
    type: ClassVar[str] = "loop-lag"
    contender: str
    mean_ms: float
    held: int
    held_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Worded):
    """What a contender that is observed has counted itself, of what was sent to it."""

    type: ClassVar[str] = "counted"
    contender: str
    sent: int
    requests: int | None = None  # by its metrics; None where it has none
    series: int = 0
    files: int = 0
    spans: int | None = None  # that the sink got, those of health checks and of the bench's own requests, too


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnP99(Worded):
    """What a contender reports of itself to Prometheus, over all of its turn."""

    type: ClassVar[str] = "reported"
    contender: str
    route: str
    p99_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Worded):
    """A contender did not do something that the run wants of it."""

    type: ClassVar[str] = "refused"
    contender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched(Worded):
    """A setting is not that of the lab."""

    type: ClassVar[str] = "switched"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsDiffer(Worded):
    """What scripts/ab has two contenders differ in."""

    type: ClassVar[str] = "slots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Notice):
    type: ClassVar[str] = "summary"
    sentences: list[str]
    rows: list[Document]
    markdown: str | None = None  # where the experiment has its results as such


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Notice):
    """Whether the figures are valid; also `environment.noise` of the run."""

    type: ClassVar[str] = "verdict"
    figure: str | None
    noisy: bool
    spread_pct: float | None
    bound_pct: float
    repeats: int
    generator_limited: bool
    doubts: list[Any]  # documents; sentences in runs of earlier versions
    advice: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonChecked(Notice):
    type: ClassVar[str] = "lesson"
    lesson: str
    holds: bool
    text: str
    doubted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Notice):
    """Of a bench of another version."""

    type: ClassVar[str] = "unknown"


TYPES: dict[str, type[Notice]] = {
    each.type: each
    for each in (
        *(MachineSeen, Measuring, TurnBegan, PhaseBegan, PointMeasured, RateFound, Recommended, SlowOutcome),
        *(PairsPlanned, StacksSampled, LoopLag, Counted, OwnP99, Refused, Switched, SlotsDiffer),
        *(Summary, Verdict, LessonChecked),
    )
}


def read(kind: str, data: Document) -> Notice:
    """As the records have it: those of earlier versions may lack a member, or have one that is gone."""
    found = TYPES.get(kind, Unknown)
    named = {field.name: field.default for field in fields(found)}
    return found(**{name: data.get(name, None if default is MISSING else default) for name, default in named.items()})


def of[N: Notice](kind: type[N], notices: Iterable[Notice]) -> list[N]:
    return [notice for notice in notices if isinstance(notice, kind)]
