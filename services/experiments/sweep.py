"""sweep: a fixed number of requests in flight, point by point."""

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Generators, Params, Points, Repeats, Seconds, generators
from experiments.schema.samples import PointSample


class Sweep(Params):
    points: Points = Field(default=[1, 2, 4, 8, 16, 32, 64, 128])
    seconds: Seconds = 5
    repeats: Repeats = 3
    generators: Generators = generators()


EXPERIMENT = Experiment(
    name="sweep",
    title="Concurrency sweep",
    description="Closed loop: fixed concurrency, point by point, to find where throughput peaks.",
    place=20,
    model=Sweep,
    row=PointSample,
)
