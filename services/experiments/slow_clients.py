"""slow-clients: a probe beside clients that send or read a byte at a time."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Params, Thirds
from experiments.schema.samples import ProbeSample


class SlowClients(Params):
    sends_workload: ClassVar[bool] = False  # they send and read what is slow by itself
    sends_request: ClassVar[bool] = False

    clients: int = Field(default=200, title="Slow clients", ge=1, le=1_000)
    mode: Literal["headers", "body", "read"] = Field(default="headers", title="Slow part")
    seconds: Thirds = 20


def _label(params: Mapping[str, Any]) -> str:
    return f"slow {params.get('mode', 'clients')}"


EXPERIMENT = Experiment(
    name="slow-clients",
    title="Slow clients",
    description="Clients that send or read one byte at a time, and their effect on ordinary /hello requests.",
    place=60,
    model=SlowClients,
    row=ProbeSample,
    labelled=_label,
)
