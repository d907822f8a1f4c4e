"""The experiments and their parameters, as pydantic models that validate, complete and describe themselves."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    JsonValue,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    Tag,
    TypeAdapter,
    create_model,
    model_serializer,
)
from pydantic_core import PydanticCustomError

from contender import workload
from contender.catalogue import OWN
from contender.workload import Choice, Parameter
from experiments.headers import Headers
from experiments.samples import (
    UNIQUE,
    AdviceSample,
    PointSample,
    ProbeSample,
    ProtocolSample,
    RaceSample,
    Sample,
    Strict,
    WaterfallSample,
    WorkersSample,
    unique,
)

WORKLOAD = "io"  # what is sent when a run does not say: the one on which the contenders differ most

REQUEST = "request"  # a request of the user's own, for an application of his own


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a request of the user's own: of which type (for pydantic), and what it is if nobody says."""

    name: str
    kind: Any
    default: Any
    description: str


def _path(path: str) -> str:
    if not re.fullmatch(PATH, path):
        raise PydanticCustomError("path", "begins with / and has no blanks; percent-encode what is not ASCII")
    return path


PATH = r"/[!-~]*"
Path = Annotated[str, Field(max_length=2000, json_schema_extra={"pattern": f"^{PATH}$"}), AfterValidator(_path)]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LARGEST = 65_536  # characters of a body: it is kept with the run, and sent with each request

PARTS = (
    Part("path", Path, "/", "Relative to the contender, with query: /items?limit=10."),
    Part("method", Literal[METHODS], "GET", ""),
    Part("headers", Headers, [], "As 'Name: value'."),
    Part("body", Annotated[str, Field(max_length=LARGEST)] | None, None, ""),
    Part("expect", Annotated[int, Field(ge=200, le=599)], 200, "Expected status code."),
    Part("at_root", bool, False, "At the application's own host name, own-sync.localhost, without the prefix."),
)

# Beside those that take parameters: the bare hello, for measuring the server and nothing else.
WORKLOADS: dict[str, tuple[Parameter | Choice | Part, ...]] = {"hello": (), **workload.WORKLOADS, REQUEST: PARTS}

UNKNOWN_WORKLOAD = "unknown_workload"  # pydantic's type of this one error, which it places at the parameters

TITLES = {
    "ms": "Milliseconds",
    "io_ms": "Milliseconds of waiting",
    "cpu_ms": "Milliseconds of CPU time",
    "block_ms": "Milliseconds of waiting without yielding",
    "queries": "Queries",
    "driver": "Database driver",
    "bytes": "Bytes of payload",
    "n": "Upstream calls",
    "chunks": "Chunks",
    "events": "Events",
    "path": "Path",
    "method": "Method",
    "headers": "Headers",
    "body": "Body",
    "expect": "Expected status",
    "at_root": "At its host name",
}


def _plain(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number


Number = Annotated[float, PlainSerializer(_plain)]  # 200 is answered as 200, not as 200.0

# Upper bounds of a point, which must fit the memory of a laptop; many of them may take days, and can be cancelled.
Seconds = Annotated[Number, Field(title="Seconds a point", ge=0.1, le=120)]
# Of an experiment that probes: the whole time of each contender, and of each way to it.
Thirds = Annotated[Number, Field(title="Seconds", description="A third each before, during and after.", ge=0.1, le=120)]
Repeats = Annotated[int, Field(title="Repeats of each point", ge=1, le=20)]
Points = Annotated[
    list[Annotated[int, Field(ge=1, le=256)]],
    Field(title="Requests in flight", min_length=1, max_length=32, json_schema_extra=UNIQUE),
    AfterValidator(unique),
]


Counts = Annotated[
    list[Annotated[int, Field(ge=1, le=32)]],
    Field(min_length=1, max_length=16, json_schema_extra=UNIQUE),
    AfterValidator(unique),
]


class Params(Strict):
    """What every experiment takes, beside the workload's own parameters."""

    sends_workload: ClassVar[bool] = True  # else it is accepted, as everywhere, and has no effect
    sends_request: ClassVar[bool] = True  # whether it may be one of the user's own, to an application of his own
    defaults: ClassVar[dict[str, int]] = {}  # of the default workload's parameters, where its own do not fit

    workload: str
    workers: Annotated[int, Field(ge=1, le=32)] | None = Field(
        None, title="Worker processes", description="For this run. Default: as the contender was started."
    )
    direct: bool = Field(
        False, title="Bypass nginx", description="Straight to the contender; the difference is nginx's share."
    )

    @model_serializer(mode="wrap")
    def _without_what_is_left_out(self, serialized: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialized(self).items() if value is not None}


class Race(Params):
    requests: int = Field(default=20, title="Requests", ge=1, le=500)


Generators = Annotated[int, Field(ge=1, le=16)] | None


def _generators() -> Any:
    return Field(None, title="Load generators", description="Sharing the load. Default: 1.")


class Sweep(Params):
    points: Points = Field(default=[1, 2, 4, 8, 16, 32, 64, 128])
    seconds: Seconds = 5
    repeats: Repeats = 3
    generators: Generators = _generators()


class Rate(Params):
    rate: Number = Field(default=200, title="Requests a second", ge=0.1, le=10_000)
    seconds: Seconds = 10
    arrivals: Literal["constant", "poisson", "bursts"] = Field(default="constant", title="Arrivals")
    halfway: Literal["reload", "restart"] | None = Field(
        None, title="Halfway", description="Signal sent to the contender: SIGHUP or SIGTERM. Default: none."
    )
    repeats: Repeats = 3
    generators: Generators = _generators()


class Capacity(Params):
    p99_ms: Number = Field(default=250, title="Highest p99", description="Milliseconds.", gt=0, le=10_000)
    max_errors: Number = Field(default=0.001, title="Highest share of errors", ge=0, le=1)
    generators: Generators = _generators()


class Victim(Params):
    background: int = Field(default=2, title="Requests kept in flight", ge=0, le=256)
    probe_rate: Number = Field(default=20, title="Probes a second", gt=0, le=1_000)
    seconds: Thirds = 15


class SlowClients(Params):
    sends_workload: ClassVar[bool] = False  # they send and read what is slow by itself
    sends_request: ClassVar[bool] = False

    clients: int = Field(default=200, title="Slow clients", ge=1, le=1_000)
    mode: Literal["headers", "body", "read"] = Field(default="headers", title="What is slow")
    seconds: Thirds = 20


# In the order of the grid; what asks for each is in bench/protocols/features.py.
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
    sends_workload: ClassVar[bool] = False  # each feature is asked for by a request of its own
    sends_request: ClassVar[bool] = False

    feature: Literal[FEATURES] | None = Field(  # type: ignore[valid-type]
        None, title="Feature", description="One only. Default: all."
    )


class Waterfall(Params):
    sends_request: ClassVar[bool] = False
    defaults: ClassVar[dict[str, int]] = {"ms": 50}

    requests: int = Field(default=40, title="Requests", ge=1, le=200)
    direct: Literal[False] = Field(
        False, title="Bypass nginx", description="Not here: nginx is what speaks HTTP/2 and HTTP/3 with the client."
    )


class Workers(Params):
    workers: None = None  # the parameter is a list here

    counts: Counts = Field(default=[1, 2, 4, 8, 16], title="Numbers of workers")
    p99_ms: Number = Field(default=250, title="Highest p99", description="Milliseconds.", gt=0, le=10_000)


class Advise(Params):
    workers: None = None  # the answer

    rate: Number = Field(default=200, title="Requests a second at peak", ge=1, le=5_000)
    p99_ms: Number = Field(default=500, title="Highest p99", description="Milliseconds.", gt=0, le=10_000)
    memory_mb: Annotated[Number, Field(ge=16, le=65_536)] | None = Field(
        None, title="Memory", description="MiB, total of all workers. Default: none."
    )


@dataclass(frozen=True, slots=True)
class Experiment:
    name: str
    title: str
    description: str
    model: type[Params]
    row: type[Sample]  # what one of its results is

    @property
    def params(self) -> Any:
        """The type of its parameters: one model a workload, discriminated by `workload`."""
        return _by_workload(self.model)

    def read(self, params: dict[str, JsonValue]) -> Params:
        """The parameters with every default filled in; raises pydantic's ValidationError."""
        return TypeAdapter[Params](self.params).validate_python(params)

    def complete(self, params: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """The same as a document; raises pydantic's ValidationError."""
        return self.read(params).model_dump(mode="json")

    def schema(self) -> dict[str, Any]:
        """JSON Schema 2020-12: `oneOf`, with one object a workload."""
        return TypeAdapter[Params](self.params).json_schema()


def _experiment(name: str, title: str, description: str, model: type[Params], row: type[Sample]) -> Experiment:
    return Experiment(name, title, description, model, row)


@cache  # made when they are needed: all of them take half a second, and help needs none
def _by_workload(model: type[Params]) -> Any:
    """The union of one model a workload: each has the ranges of its own parameters, and no others' parameters."""
    names = [name for name in WORKLOADS if name != REQUEST or model.sends_request]
    models = [Annotated[_of_workload(model, name), Tag(name)] for name in names]
    known = ", ".join(map(repr, names))
    return Annotated[reduce(or_, models), Discriminator(_workload, UNKNOWN_WORKLOAD, f"Input should be one of {known}")]


def _of_workload(model: type[Params], named: str) -> type[Params]:
    defaults = model.defaults if named == WORKLOAD else {}
    fields: dict[str, Any] = {
        each.name: _field(each, defaults.get(each.name, each.default)) for each in WORKLOADS[named]
    }
    default = WORKLOAD if named == WORKLOAD else ...
    kind = Annotated[Literal[named], Field(title="Workload")]  # type: ignore[valid-type]
    name = f"{model.__name__}{named.capitalize()}"
    return create_model(name, __base__=model, __module__=__name__, workload=(kind, default), **fields)


def _field(parameter: Parameter | Choice | Part, default: Any) -> tuple[Any, Any]:
    title = TITLES[parameter.name]
    if isinstance(parameter, Part):
        return parameter.kind, Field(default, title=title, description=parameter.description or None)
    if isinstance(parameter, Choice):
        return Literal[parameter.choices] | None, Field(None, title=title)
    kind: Any = int if parameter.whole else Number
    bounded = Annotated[kind, Field(ge=parameter.low, le=parameter.high)]
    return (bounded if default is not None else bounded | None), Field(default, title=title)


def query(params: Params) -> dict[str, Any]:
    """The workload's own parameters, as its query string has them."""
    if params.workload == REQUEST:
        return {}
    given = {each.name: getattr(params, each.name) for each in WORKLOADS[params.workload]}
    return {name: value for name, value in given.items() if value is not None}


def unfit(params: Params, contenders: Iterable[str]) -> str | None:
    """Why a run with these contenders would only measure errors: an application of the user's own has no workloads, and
    the lab's contenders have no host names."""
    contenders = list(contenders)
    others = ", ".join(name for name in contenders if name not in OWN)
    if others and getattr(params, "at_root", False):
        return f"{others}: only an application of yours has a host name of its own; leave out at_root."
    own = ", ".join(name for name in contenders if name in OWN)
    if not own or params.workload == REQUEST:
        return None
    if not params.sends_request:
        return f"{own}: this experiment asks for what the lab's own contenders answer; leave out yours."
    return f"{own}: an application of yours has no workload {params.workload}; send it a request: workload request."


def _workload(params: Any) -> str | None:
    """Which of the models validates: the one of the workload that is named, else of the default one."""
    named = params.get("workload", WORKLOAD) if isinstance(params, dict) else getattr(params, "workload", WORKLOAD)
    return named if isinstance(named, str) else None


EXPERIMENTS: dict[str, Experiment] = {
    each.name: each
    for each in (
        _experiment(
            "race",
            "Race",
            "The same requests, sent simultaneously, to each contender in turn; each is drawn.",
            Race,
            RaceSample,
        ),
        _experiment(
            "sweep",
            "Concurrency sweep",
            "Closed loop: fixed concurrency, point by point, to find where throughput peaks.",
            Sweep,
            PointSample,
        ),
        _experiment(
            "rate",
            "Fixed rate",
            "Open loop: requests start on a fixed schedule, and latency counts from the scheduled time.",
            Rate,
            PointSample,
        ),
        _experiment(
            "capacity",
            "Capacity",
            "Searches for the highest arrival rate that still meets a p99 and error-rate target.",
            Capacity,
            PointSample,
        ),
        _experiment(
            "victim",
            "Noisy neighbour",
            "Probes /hello at a steady rate while other requests keep the contender busy.",
            Victim,
            ProbeSample,
        ),
        _experiment(
            "slow-clients",
            "Slow clients",
            "Clients that send or read one byte at a time, and their effect on ordinary /hello requests.",
            SlowClients,
            ProbeSample,
        ),
        _experiment(
            "protocols",
            "Who speaks what",
            "Asks each contender for each feature of HTTP and WebSocket: directly, through nginx, and by TLS.",
            Protocols,
            ProtocolSample,
        ),
        _experiment(
            "waterfall",
            "Waterfall",
            "One client fetches small responses like a browser: six HTTP/1.1 connections, or one HTTP/2 or HTTP/3.",
            Waterfall,
            WaterfallSample,
        ),
        _experiment(
            "workers",
            "How many workers?",
            "The highest rate that meets a p99 target per worker count, next to the prediction.",
            Workers,
            WorkersSample,
        ),
        _experiment(
            "advise",
            "Advise",
            "Which worker class, and how many workers, meet a p99 target at a rate: predicted, then measured.",
            Advise,
            AdviceSample,
        ),
    )
}
