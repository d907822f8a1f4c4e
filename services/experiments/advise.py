"""advise: which worker class, and how many, meet a goal at a rate."""

from typing import Annotated, Any

from pydantic import Field

from experiments.schema.experiment import Experiment, Shorthand
from experiments.schema.params import HighestP99, Number, Params
from experiments.schema.samples import Count, Ms, Sample, Text


class Advise(Params):
    sets_workers = True
    workers: None = None  # the answer

    rate: Number = Field(default=200, title="Peak rate (req/s)", ge=1, le=5_000)
    p99_ms: HighestP99 = 500
    memory_mb: Annotated[Number, Field(ge=16, le=65_536)] | None = Field(
        None, title="Memory", description="MiB, total of all workers. Default: none."
    )


class AdviceSample(Sample):
    """One contender with so many workers at the peak rate, and at half as much again."""

    workers: Annotated[int, Field(ge=1)] | None  # null where, by theory, no number of them meets the target
    threads: int | None = None
    kept: bool | None  # the target, at the rate; null where it could not be measured
    kept_more: bool | None = None  # the target, at 1.5 times the rate
    rps: Ms | None = None
    p50_ms: Ms | None = None
    p99_ms: Ms | None = None
    more_p99_ms: Ms | None = None
    cpu_pct: float | None = None
    memory_mb: float | None = None
    doubted: bool = False
    predicted_p99_ms: Ms | None = None  # M/D/c: each request takes as long
    predicted_varied_p99_ms: Ms | None = None  # M/M/c: they vary
    error: Text | None = None
    responses: Count | None = None  # that the percentiles rest on; rows of earlier versions lack it
    repeats: Count | None = None  # at the rate, of which the figures are medians; earlier versions had one
    repeats_kept: Count | None = None  # of them: that met the target
    p99_low_ms: Ms | None = None  # of the repeats: the lowest p99, and the highest
    p99_high_ms: Ms | None = None
    predicted_workers: Count | None = None  # the fewest that meet the target, by theory


# For a user who does not know the workloads yet.
SHORTHANDS = (
    Shorthand("--db-ms", "Time per database query: --workload db --ms."),
    Shorthand("--blocking", "Block instead of yielding, as a C driver does.", flag=True),
)


def _in_full(values: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a workload that the short ones stand for."""
    db_ms, blocking = values.pop("db_ms", None), values.pop("blocking", False)
    if db_ms is not None:
        values |= {"workload": "db", "ms": db_ms}
    elif values.get("workload") is None and any(values.get(name) is not None for name in ("io_ms", "cpu_ms", "bytes")):
        values["workload"] = "mix"
    if blocking and values.get("workload") == "db":
        values["driver"] = "blocking"
    elif blocking and values.get("workload") == "mix":
        values |= {"block_ms": values.get("io_ms"), "io_ms": None}
    elif blocking:
        raise ValueError("--blocking needs --io-ms or --db-ms.")
    return values


EXPERIMENT = Experiment(
    name="advise",
    title="Advise",
    description="Which worker class, and how many workers, meet a p99 target at a rate: predicted, then measured.",
    place=100,
    model=Advise,
    row=AdviceSample,
    shorthands=SHORTHANDS,
    in_full=_in_full,
    markdown=True,
)
