"""What a runner reports of the run that it holds."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, StringConstraints
from pydantic_core import PydanticCustomError

from experiments.schema.samples import Sample, Strict, Text

BATCH = 1000  # samples or notices in one batch: about 300 kB, below the megabyte that is a usual limit of a body


Environment = dict[str, JsonValue]


class Claim(Strict):
    """A runner requests work."""

    runner: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+$", max_length=200)]  # its name, for people
    exclusive: bool = False  # nothing, while another runner measures: two at once would measure each other


class Heartbeat(Strict):
    """A runner lives."""

    progress: Annotated[float, Field(ge=0, le=1)] | None = None
    environment: Environment | None = None  # sent once: a run that is cancelled, or whose runner dies, has it too


def _free(kind: str) -> str:
    if kind in ("state", "progress", "sample"):
        raise PydanticCustomError("reserved", "{kind} is reserved for the store", {"kind": repr(kind)})
    return kind


class Notice(Strict):
    """Something else for those who watch: a point begins, the generator is the bottleneck."""

    type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]*$", max_length=32), AfterValidator(_free)]
    data: dict[str, JsonValue] = Field(default={})


class Batch[Row: Sample](Strict):
    """Samples, rows of the run's own experiment, in the order in which they were taken.

    `number` counts the batches of this attempt from 1. One that is sent twice, because its answer was lost, is
    stored once.
    """

    number: Annotated[int, Field(ge=1, le=2**31 - 1)]
    samples: list[Row] = Field(default=[], max_length=BATCH)
    events: list[Notice] = Field(default=[], max_length=BATCH)


class Outcome(Strict):
    """How a run ended."""

    state: Literal["done", "failed", "cancelled"]
    error: Text | None = None
    environment: Environment | None = None  # if it is not that of a heartbeat before
