"""ab: two contenders in short turns, pair by pair, and how far they differ."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Number, Params
from experiments.schema.samples import Count, Ms, Sample, Text


class Ab(Params):
    contenders: ClassVar[int | None] = 2

    in_flight: Annotated[int, Field(ge=1, le=256)] = Field(default=16, title="Requests in flight")
    rate: Annotated[Number, Field(ge=0.1, le=10_000)] | None = Field(
        None, title="Rate (req/s)", description="Open loop, in place of requests in flight. Default: none."
    )
    seconds: Annotated[Number, Field(ge=0.1, le=60)] = Field(default=2, title="Seconds per turn")
    detect: Annotated[Number, Field(ge=0.5, le=100)] = Field(
        default=5, title="Detect", description="Smallest difference in CPU per request worth finding, per cent."
    )
    budget: Annotated[Number, Field(ge=10, le=3600)] = Field(
        default=180, title="Budget", description="Seconds for the whole comparison."
    )
    seed: Annotated[int, Field(ge=0, le=9999)] = Field(
        default=1, title="Seed", description="Of the order within each pair."
    )
    unequal: bool = Field(default=False, title="Compare although their responses differ")


class AbSample(Sample):
    """One contender's turn of one pair."""

    side: Literal["a", "b"]  # as named: first, second
    setting: Text | None = None  # of a slot: its base, and what differs
    pair: Annotated[int, Field(ge=1)]
    place: Annotated[int, Field(ge=1, le=2)]  # within the pair
    seconds: Annotated[float, Field(ge=0)]
    requests: Count
    errors: Count
    timeouts: Count
    cpu_us: Ms | None  # CPU time per request; null where the contender does not report it, or a process has gone
    rps: Annotated[float, Field(ge=0)]
    p50_ms: Ms | None
    p99_ms: Ms | None
    memory_mb: Ms | None
    fairness: Annotated[float, Field(ge=0, le=1)] | None = None  # Jain's index of the requests of its worker processes
    doubted: bool = False


EXPERIMENT = Experiment(
    name="ab",
    title="A against B",
    description="Two contenders in interleaved turns: how far they differ, with 95 % intervals.",
    place=110,
    model=Ab,
    row=AbSample,
    markdown=True,
)
