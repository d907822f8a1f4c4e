"""memory: what is left of requests in the memory of a contender, by the line that allocated it."""

from typing import Annotated, ClassVar

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Params
from experiments.schema.samples import Count, Sample, Text


class Memory(Params):
    needs_engine: ClassVar[bool] = True

    requests: Annotated[int, Field(ge=100, le=100_000)] = Field(
        default=10_000, title="Requests", description="Over which memory is compared; a tenth goes ahead, twice."
    )
    in_flight: Annotated[int, Field(ge=1, le=256)] = Field(default=16, title="Requests in flight")


class MemorySample(Sample):
    """A line, and what is left of what it allocated: in all workers of the contender together."""

    file: Text
    line: Count
    bytes_per_request: float
    kib: float  # over all requests
    objects: int  # blocks of memory
    requests: Count
    errors: Count


EXPERIMENT = Experiment(
    name="memory",
    title="Memory growth",
    description="What 10,000 requests leave in memory, by line. Started by scripts/profile --memory.",
    place=116,
    model=Memory,
    row=MemorySample,
)
