"""The rows of results that several experiments have: a request, a contender at a point under load, a probe."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

# Postgres cannot store a NUL in a text, and no text of ours has a use for one.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=2000)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]

Count = Annotated[int, Field(ge=0, le=2**53)]  # what a browser's number can hold
Ms = Annotated[float, Field(ge=0)]
Epoch = Annotated[float, Field(description="Seconds since the epoch.")]


UNIQUE = {"uniqueItems": True}


def unique[Value](values: list[Value]) -> list[Value]:
    """A pydantic validator of what JSON Schema calls UNIQUE."""
    for place, value in enumerate(values):
        if value in values[:place]:
            raise PydanticCustomError("not_unique", "{value} is repeated", {"value": repr(value)})
    return values


class Strict(BaseModel):
    """What a client sends: nothing that is not known, and no guess at what it meant ("20" and true are no numbers)."""

    # Built when it is used: help needs none of their validators, and a run those of one experiment.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)


class Sample(Strict):
    """Its fields, in their order, are the columns of the CSV."""

    contender: Name


class ServedSample(Sample):
    """One request, and what served it. What its answer would say is null where none came."""

    seq: Count
    sent: Epoch
    status: int | None
    started: Epoch | None
    finished: Epoch | None
    received: Epoch | None
    pid: int | None
    lane: Text | None
    queued_ms: float | None
    error: Text | None
    host: Text | None = None  # the container; rows of earlier versions lack it

    @property
    def span(self) -> tuple[float, float] | None:
        """From when to when it was worked on; None where no response has it."""
        return None if self.started is None or self.finished is None else (self.started, self.finished)


class PointSample(Sample):
    """One contender at one point, once. Percentiles are null where nothing was answered."""

    point: Annotated[float, Field(ge=0, description="Requests in flight, or req/s.")]
    seconds: Annotated[float, Field(ge=0)]
    requests: Count
    errors: Count
    timeouts: Count
    rps: Annotated[float, Field(ge=0)]
    p50_ms: Ms | None
    p90_ms: Ms | None
    p99_ms: Ms | None
    p999_ms: Ms | None
    max_ms: Ms | None
    mean_ms: Ms | None
    cpu_pct: float | None
    rss_mb: float | None
    repeat: Annotated[int, Field(ge=1)]


class RateSample(PointSample):
    """The same, and what the application makes of it."""

    app_p99_ms: Annotated[
        Ms | None, Field(description="The application's own p99, from Prometheus; null without OBSERVE=prometheus.")
    ]  # stored rows of earlier versions lack it


PROBE_TIMEOUT = 10.0  # seconds for an answer to a probe: a user has gone by then


class ProbeSample(Sample):
    """One probe, a request for /hello, sent at a steady pace whatever else is going on."""

    via: Literal["nginx", "direct"]
    phase: Literal["before", "during", "after"]
    seq: Count
    due: Epoch
    sent: Epoch | None
    status: int | None
    received: Epoch | None
    error: Text | None
