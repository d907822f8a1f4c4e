"""victim: a probe beside requests that keep the contender busy."""

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Number, Params, Thirds
from experiments.schema.samples import ProbeSample


class Victim(Params):
    background: int = Field(default=2, title="Background concurrency", ge=0, le=256)
    probe_rate: Number = Field(default=20, title="Probes/s", gt=0, le=1_000)
    seconds: Thirds = 15


EXPERIMENT = Experiment(
    name="victim",
    title="Noisy neighbour",
    description="Probes /hello at a steady rate while other requests keep the contender busy.",
    place=50,
    model=Victim,
    row=ProbeSample,
)
