"""race: the same requests, all at once, to each in turn."""

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Params
from experiments.schema.samples import ServedSample


class Race(Params):
    requests: int = Field(default=20, title="Requests", ge=1, le=500)


class RaceSample(ServedSample):
    """One request. What its answer would say is null where none came. A process is a host and a pid on it."""


EXPERIMENT = Experiment(
    name="race",
    title="Race",
    description="The same requests, sent simultaneously, to each contender in turn; each is drawn.",
    place=10,
    model=Race,
    row=RaceSample,
)
