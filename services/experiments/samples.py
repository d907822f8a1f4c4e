"""The rows of results: one a request, one a contender and point under load, one a probe, one a feature."""

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
            raise PydanticCustomError("not_unique", "{value} is given twice", {"value": repr(value)})
    return values


class Strict(BaseModel):
    """What a client sends: nothing that is not known, and no guess at what it meant ("20" and true are no numbers)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Sample(Strict):
    """Its fields, in their order, are the columns of the CSV."""

    contender: Name


class RaceSample(Sample):
    """One request. What its answer would say is null where none came. A process is a host and a pid on it."""

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


class PointSample(Sample):
    """One contender at one point, once. Percentiles are null where nothing was answered."""

    point: Annotated[float, Field(ge=0, description="Requests in flight, or requests a second.")]
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


PROBE_TIMEOUT = 10.0  # seconds for an answer to a probe: a user has gone by then


class ProbeSample(Sample):
    """One innocent request for /hello, sent at a steady pace whatever else is going on."""

    via: Literal["nginx", "direct"]
    phase: Literal["before", "during", "after"]
    seq: Count
    due: Epoch
    sent: Epoch | None
    status: int | None
    received: Epoch | None
    error: Text | None


class WaterfallSample(RaceSample):
    """One request of a page, and how it got there."""

    protocol: Literal["http/1.1", "h2", "h3"]
    connection: Annotated[int, Field(ge=1, description="Counted from 1 for each protocol.")]


class WorkersSample(Sample):
    """One contender with so many workers: the highest rate at which it kept the promise, and what theory says."""

    workers: Annotated[int, Field(ge=1)]
    rate: Ms | None = None  # requests a second; null where none kept it
    failed_rate: Ms | None = None  # the lowest that did not
    p50_ms: Ms | None = None  # at `rate`, like the next three
    p99_ms: Ms | None = None
    cpu_pct: float | None = None
    memory_mb: float | None = None
    doubted: bool = False
    predicted_rate: Ms | None = None
    predicted_p99_ms: Ms | None = None
    limit: Literal["workers", "cores", "pool"] | None = None  # what ends the predicted rate
    error: Text | None = None
    responses: Count | None = None  # that the percentiles rest on; rows of earlier versions lack it


class AdviceSample(Sample):
    """One contender with so many workers at the peak rate, and at half as much again."""

    workers: Annotated[int, Field(ge=1)] | None  # null where theory says that no number of them keeps the promise
    threads: int | None = None
    kept: bool | None  # the promise, at the rate; null where it could not be measured
    kept_more: bool | None = None  # the promise, at 1.5 times the rate
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


EdgeVia = Literal["direct", "nginx", "nginx-tls"]
Verdict = Literal["yes", "no", "partly"]


class ProtocolSample(Sample):
    """Whether one feature works on one way to a contender, and what was seen of it."""

    via: EdgeVia
    feature: Name
    verdict: Verdict
    evidence: Text
