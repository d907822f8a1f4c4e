"""waterfall: one client's small requests over HTTP/1.1, HTTP/2 and HTTP/3."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Params
from experiments.schema.samples import ServedSample


class Waterfall(Params):
    sends_request: ClassVar[bool] = False
    defaults: ClassVar[dict[str, int]] = {"ms": 50}

    requests: int = Field(default=40, title="Requests", ge=1, le=200)
    direct: Literal[False] = Field(
        False, title="Bypass nginx", description="Not supported: nginx terminates HTTP/2 and HTTP/3."
    )


class WaterfallSample(ServedSample):
    """One request of a page, and how it got there."""

    protocol: Literal["http/1.1", "h2", "h3"]
    connection: Annotated[int, Field(ge=1, description="Counted from 1 for each protocol.")]


EXPERIMENT = Experiment(
    name="waterfall",
    title="Waterfall",
    description="One client fetches small responses like a browser: six HTTP/1.1 connections, or one HTTP/2 or HTTP/3.",
    place=80,
    model=Waterfall,
    row=WaterfallSample,
)
