"""workers: the capacity of a contender with each number of workers."""

from typing import Annotated, Literal

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Counts, HighestP99, Params
from experiments.schema.samples import Count, Ms, Sample, Text


class Workers(Params):
    sets_workers = True
    workers: None = None  # the parameter is a list here

    counts: Counts = Field(default=[1, 2, 4, 8, 16], title="Worker counts")
    p99_ms: HighestP99 = 250


class WorkersSample(Sample):
    """One contender with so many workers: the highest rate at which it met the target, and what theory predicts."""

    workers: Annotated[int, Field(ge=1)]
    rate: Ms | None = None  # requests a second; null where none kept it
    failed_rate: Ms | None = None  # the lowest that did not
    p50_ms: Ms | None = None  # at `rate`, like the next three
    p99_ms: Ms | None = None
    cpu_pct: float | None = None
    memory_mb: float | None = None
    doubted: bool = False
    predicted_rate: Ms | None = None
    predicted_p99_ms: Ms | None = None
    limit: Literal["workers", "cores", "pool"] | None = None  # what ends the predicted rate
    error: Text | None = None
    responses: Count | None = None  # that the percentiles rest on; rows of earlier versions lack it


EXPERIMENT = Experiment(
    name="workers",
    title="How many workers?",
    description="The highest rate that meets a p99 target per worker count, next to the prediction.",
    place=90,
    model=Workers,
    row=WorkersSample,
)
