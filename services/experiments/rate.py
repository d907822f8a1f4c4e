"""rate: requests on a schedule, answered or not."""

from typing import Literal

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Generators, Number, Params, Repeats, Seconds, generators
from experiments.schema.samples import RateSample


class Rate(Params):
    rate: Number = Field(default=200, title="Rate (req/s)", ge=0.1, le=10_000)
    seconds: Seconds = 10
    arrivals: Literal["constant", "poisson", "bursts"] = Field(default="constant", title="Arrivals")
    halfway: Literal["reload", "restart"] | None = Field(
        None, title="Mid-run", description="Signal sent to the contender: SIGHUP or SIGTERM. Default: none."
    )
    repeats: Repeats = 3
    generators: Generators = generators()


EXPERIMENT = Experiment(
    name="rate",
    title="Fixed rate",
    description="Open loop: requests start on a fixed schedule, and latency counts from the scheduled time.",
    place=30,
    model=Rate,
    row=RateSample,
)
