"""The parameters of an experiment, as pydantic models that validate, complete and describe themselves."""

from collections.abc import Iterable
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    Tag,
    create_model,
    model_serializer,
)

from contender.catalogue import IMAGE, OWN, SLOTS
from contender.workload import Choice, Parameter
from experiments.schema.samples import UNIQUE, Strict, unique
from experiments.schema.workloads import PARAMETERS, REQUEST, TITLES, WORKLOAD, Part

UNKNOWN_WORKLOAD = "unknown_workload"  # pydantic's type of this one error, which it places at the parameters


def _plain(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number


Number = Annotated[float, PlainSerializer(_plain)]  # 200 is answered as 200, not as 200.0

# Upper bounds of a point, which must fit the memory of a laptop; many of them may take days, and can be cancelled.
Seconds = Annotated[Number, Field(title="Seconds/point", ge=0.1, le=120)]
# Of an experiment that probes: the whole time of each contender, and of each way to it.
Thirds = Annotated[Number, Field(title="Seconds", description="One third each: before, during, after.", ge=0.1, le=120)]
Repeats = Annotated[int, Field(title="Repeats per point", ge=1, le=20)]
HighestP99 = Annotated[Number, Field(title="p99 target", description="In ms.", gt=0, le=10_000)]
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
Generators = Annotated[int, Field(ge=1, le=16)] | None


def generators() -> Any:
    return Field(None, title="Load generators", description="Sharing the load. Default: 1.")


class Params(Strict):
    """What every experiment takes, beside the workload's own parameters."""

    sends_workload: ClassVar[bool] = True  # else it is accepted, as everywhere, and has no effect
    sets_workers: ClassVar[bool] = False  # whether numbers of workers are what it tries
    sends_request: ClassVar[bool] = True  # whether it may be one of the user's own, to an application of his own
    needs_engine: ClassVar[bool] = False  # whether a script starts something beside the contenders: it cannot be queued
    contenders: ClassVar[int | None] = None  # how many it compares; as many as one likes where it does not say
    defaults: ClassVar[dict[str, int]] = {}  # of the default workload's parameters, where its own do not fit

    workload: str
    workers: Annotated[int, Field(ge=1, le=32)] | None = Field(
        None, title="Worker processes", description="For this run. Default: as the contender was started."
    )
    direct: bool = Field(
        False, title="Bypass nginx", description="Straight to the contender; the difference is nginx's cost."
    )

    @model_serializer(mode="wrap")
    def _without_what_is_left_out(self, serialized: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialized(self).items() if value is not None}


@cache  # made when they are needed: all of them take half a second, and help needs none
def by_workload(model: type[Params]) -> Any:
    """The union of one model a workload: each has the ranges of its own parameters, and no others' parameters."""
    names = [name for name in PARAMETERS if name != REQUEST or model.sends_request]
    models = [Annotated[_of_workload(model, name), Tag(name)] for name in names]
    known = ", ".join(map(repr, names))
    return Annotated[reduce(or_, models), Discriminator(_workload, UNKNOWN_WORKLOAD, f"Input should be one of {known}")]


def _of_workload(model: type[Params], named: str) -> type[Params]:
    defaults = model.defaults if named == WORKLOAD else {}
    fields: dict[str, Any] = {
        each.name: _field(each, defaults.get(each.name, each.default)) for each in PARAMETERS[named]
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


def _workload(params: Any) -> str | None:
    """Which of the models validates: the one of the workload that is named, else of the default one."""
    named = params.get("workload", WORKLOAD) if isinstance(params, dict) else getattr(params, "workload", WORKLOAD)
    return named if isinstance(named, str) else None


def query(params: Params) -> dict[str, Any]:
    """The workload's own parameters, as its query string has them."""
    if params.workload == REQUEST:
        return {}
    values = {each.name: getattr(params, each.name) for each in PARAMETERS[params.workload]}
    return {name: value for name, value in values.items() if value is not None}


def unfit(params: Params, contenders: Iterable[str]) -> str | None:
    """Why a run cannot have these contenders: too many or too few, an application of the user's own, which has no
    workloads, or one of the lab's, which has no host name."""
    names = list(contenders)
    if (exactly := params.contenders) is not None and len(names) != exactly:
        return f"contenders: this experiment compares exactly {exactly}, got {len(names)}; name {exactly} of them."
    if IMAGE in names and (why := _unfit_for_an_image(params)) is not None:
        return why
    slots = ", ".join(name for name in names if name in SLOTS)
    if slots and params.sets_workers:
        return f"{slots}: this experiment needs a server that is known beforehand; name the contender that it is."
    others = ", ".join(name for name in names if name not in OWN + SLOTS)
    if others and getattr(params, "at_root", False):
        return f"{others}: only an application of yours has a host name of its own; leave out at_root."
    own = ", ".join(name for name in names if name in OWN)
    return _unfit_for_your_own(params, own) if own and params.workload != REQUEST else None


def _unfit_for_your_own(params: Params, own: str) -> str:
    if not params.sends_request:
        return f"{own}: this experiment needs the lab's own endpoints; leave out your app."
    return f"{own}: your app has no workload {params.workload}; use the workload request instead."


def _unfit_for_an_image(params: Params) -> str | None:
    """Why an image cannot take part: the lab has no say in what runs in it, and nginx alone has its port."""
    if params.sets_workers:
        return f"{IMAGE}: this experiment changes the number of workers, which an image decides itself; leave it out."
    if params.workers is not None:
        return f"{IMAGE}: an image decides itself how many workers it has; leave out workers."
    if params.direct:
        return f"{IMAGE}: it is reached through nginx, which knows its port; leave out direct."
    if getattr(params, "halfway", None) is not None:
        return f"{IMAGE}: an image has no known signal to reload or to restart; leave out halfway."
    return None
