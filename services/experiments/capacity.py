"""capacity: the highest rate that meets a goal."""

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Generators, HighestP99, Number, Params, generators
from experiments.schema.samples import PointSample


class Capacity(Params):
    p99_ms: HighestP99 = 250
    max_errors: Number = Field(default=0.001, title="Max error rate (0 to 1)", ge=0, le=1)
    generators: Generators = generators()


EXPERIMENT = Experiment(
    name="capacity",
    title="Capacity",
    description="Searches for the highest arrival rate that still meets a p99 and error-rate target.",
    place=40,
    model=Capacity,
    row=PointSample,
)
