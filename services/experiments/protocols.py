"""protocols: which features of HTTP and WebSocket each contender has, and on which way to it."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from experiments.schema.experiment import Experiment
from experiments.schema.params import Params
from experiments.schema.samples import Name, Sample, Text

# In the order of the grid; the probe of each is in bench/protocols/features.py.
FEATURES = (
    "http10",
    "keep-alive",
    "pipelining",
    "expect-continue",
    "chunked-request",
    "chunked-response",
    "request-trailers",
    "head",
    "h2-prior-knowledge",
    "h2c-upgrade",
    "h2-alpn",
    "h3",
    "websocket-text",
    "websocket-binary",
    "websocket-subprotocol",
    "websocket-deflate",
    "websocket-h2",
    "sse",
    "early-hints",
    "streaming-request",
    "client-disconnect",
    "large-response",
    "graceful-shutdown",
)


class Protocols(Params):
    sends_workload: ClassVar[bool] = False  # each feature has a request of its own
    sends_request: ClassVar[bool] = False

    feature: Literal[FEATURES] | None = Field(  # type: ignore[valid-type]
        None, title="Feature", description="One only. Default: all."
    )


EdgeVia = Literal["direct", "nginx", "nginx-tls"]
Verdict = Literal["yes", "no", "partly"]


class ProtocolSample(Sample):
    """Whether one feature works on one way to a contender, and what was seen of it."""

    via: EdgeVia
    feature: Name
    verdict: Verdict
    evidence: Text


def _label(params: Mapping[str, Any]) -> str:
    return str(params.get("feature") or "feature matrix")


EXPERIMENT = Experiment(
    name="protocols",
    title="Feature matrix",
    description="Tests each HTTP and WebSocket feature on each contender: directly, via nginx, and over TLS.",
    place=70,
    model=Protocols,
    row=ProtocolSample,
    labelled=_label,
)
