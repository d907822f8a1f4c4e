"""profile: where the CPU time of a request goes, from stacks that a sampler beside the contender takes under a load."""

from typing import Annotated, ClassVar

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Number, Params, Repeats, Seconds
from experiments.schema.samples import Count, Ms, Sample, Text


class Profile(Params):
    needs_engine: ClassVar[bool] = True

    rate: Annotated[Number, Field(ge=0.1, le=10_000)] = Field(default=50, title="Rate (req/s)")
    seconds: Seconds = 10
    repeats: Repeats = 3
    frequency: Annotated[int, Field(ge=10, le=1000)] = Field(
        default=200, title="Samples per second", description="Of each process; more cost it more."
    )
    python_only: bool = Field(
        default=False, title="Python frames only", description="No native frames, which pause the process for longer."
    )
    cost: bool = Field(
        default=False, title="What sampling costs", description="A turn without it in each repeat, to compare."
    )


Us = Ms  # a time that is not negative: here of a request, in microseconds


class ProfileSample(Sample):
    """One contender under the load once: microseconds per request, by category."""

    repeat: Annotated[int, Field(ge=1)]
    seconds: Annotated[float, Field(ge=0)]
    requests: Count
    errors: Count
    timeouts: Count
    rps: Annotated[float, Field(ge=0)]
    p50_ms: Ms | None
    p99_ms: Ms | None
    cpu_us: Us | None  # as the kernel counted it; null where it did not
    sampled_us: Us | None  # all categories together; null where nothing was answered
    kernel_us: Us | None
    server_us: Us | None
    native_us: Us | None
    framework_us: Us | None
    serialization_us: Us | None
    application_us: Us | None
    lab_us: Us | None
    gil_us: Us | None = None  # in which threads waited for the GIL, which is no CPU time
    core_us: Us | None = None  # and for a core, as the kernel counted it
    runnable_us: Us | None = None  # as samples have it: those that ran, and those that waited for a core
    sampler_pct: Annotated[float, Field(ge=0)] | None = None  # CPU time of the sampling itself, of one core
    busy_pct: Annotated[float, Field(ge=0)] | None = None  # of the workers: with a request, running or waiting
    samples: Count
    sampling_errors: Count
    top: Text | None = None  # the function that spent most itself, with its file
    top_us: Us | None = None
    turn_us: Us | None = None  # CPU time of the whole turn, as the contender reports it, and
    unsampled_us: Us | None = None  # that of a turn without sampling, before or after it
    doubted: bool = False


EXPERIMENT = Experiment(
    name="profile",
    title="Profile",
    description="Where the CPU time of a request goes: by category, function and line. Started by scripts/profile.",
    place=115,
    model=Profile,
    row=ProfileSample,
)
