"""What a runner reports of the run that it holds."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, JsonValue, StringConstraints, Tag
from pydantic_core import PydanticCustomError

from experiments.samples import (
    AdviceSample,
    PointSample,
    ProbeSample,
    ProtocolSample,
    RaceSample,
    Strict,
    Text,
    WaterfallSample,
    WorkersSample,
)

BATCH = 1000  # samples or notices in one batch: about 300 kB, below the megabyte that is a usual limit of a body


def _kind(sample: Any) -> str:
    names = sample if isinstance(sample, dict) else type(sample).model_fields if isinstance(sample, Strict) else ()
    kinds = {
        "kept": "advice",
        "workers": "workers",
        "feature": "protocol",
        "phase": "probe",
        "protocol": "waterfall",
        "seq": "race",
    }
    return next((kind for name, kind in kinds.items() if name in names), "point")


# Discriminated, so that an error is about the one kind that a sample is.
AnySample = Annotated[
    Annotated[RaceSample, Tag("race")]
    | Annotated[PointSample, Tag("point")]
    | Annotated[ProbeSample, Tag("probe")]
    | Annotated[ProtocolSample, Tag("protocol")]
    | Annotated[WaterfallSample, Tag("waterfall")]
    | Annotated[WorkersSample, Tag("workers")]
    | Annotated[AdviceSample, Tag("advice")],
    Discriminator(_kind),
]


Environment = dict[str, JsonValue]


class Claim(Strict):
    """A runner asks for work."""

    runner: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+$", max_length=200)]  # its name, for people
    alone: bool = False  # nothing, while another runner measures: two at once would measure each other


class Heartbeat(Strict):
    """A runner lives."""

    progress: Annotated[float, Field(ge=0, le=1)] | None = None
    environment: Environment | None = None  # sent once: a run that is cancelled, or whose runner dies, has it too


def _free(kind: str) -> str:
    if kind in ("state", "progress", "sample"):
        raise PydanticCustomError("reserved", "{kind} is written by the store itself", {"kind": repr(kind)})
    return kind


class Notice(Strict):
    """Something else for those who watch: a point begins, the generator is the bottleneck."""

    type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]*$", max_length=32), AfterValidator(_free)]
    data: dict[str, JsonValue] = Field(default={})


class Batch(Strict):
    """Samples in the order in which they were taken.

    `number` counts the batches of this attempt from 1. One that is sent twice, because its answer was lost, is
    stored once.
    """

    number: Annotated[int, Field(ge=1, le=2**31 - 1)]
    samples: list[AnySample] = Field(default=[], max_length=BATCH)
    events: list[Notice] = Field(default=[], max_length=BATCH)


class Outcome(Strict):
    """How a run ended."""

    state: Literal["done", "failed", "cancelled"]
    error: Text | None = None
    environment: Environment | None = None  # if it is not that of a heartbeat before
