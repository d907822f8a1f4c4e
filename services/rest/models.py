"""The resources of the REST service, as pydantic models that know neither HTTP nor the database."""

from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
    computed_field,
    create_model,
    field_validator,
)
from pydantic_core import PydanticCustomError

from contender.catalogue import CONTENDERS, DEFAULTS, SLOTS
from experiments.registry import EXPERIMENTS, label
from experiments.schema.experiment import Experiment
from experiments.schema.masked import mask, secrets_of
from experiments.schema.params import Params, unfit
from experiments.schema.samples import UNIQUE, Name, Strict, Text, unique


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self not in (State.QUEUED, State.RUNNING)


Tag = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", min_length=1, max_length=64)]
# The length first: what is too long is not looked through.
Tags = Annotated[list[Tag], Field(max_length=16, json_schema_extra=UNIQUE), AfterValidator(unique)]
# As the header's draft has it, for the store a text like any other.
IdempotencyKey = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+$", min_length=1, max_length=255)]
Contender = Annotated[Literal[CONTENDERS], Field(title="Contender")]  # type: ignore[valid-type]
Contenders = Annotated[
    list[Contender],
    Field(min_length=1, max_length=len(CONTENDERS), json_schema_extra=UNIQUE),
    AfterValidator(unique),
]


# --- queueing a run -------------------------------------------------------------------------------------


BEGUN = "begun"  # the context of validation
SECRET = (
    "{names}: a secret in a queued run would be stored in clear and shown to all who read it. "
    "Start it from the command line, which sends the value and stores [hidden]: docker compose run --rm bench"
)
ENGINE = "a queue cannot start what this needs beside the contenders; run {script}"


class NewRun(Strict):
    """What its subclasses, one an experiment, have in common; see `NEW_RUN`."""

    experiment: str
    params: Params
    contenders: Contenders = Field(default=list(DEFAULTS), title="Contenders")
    tags: Tags = Field(default=[])
    note: Text = ""

    @field_validator("params")
    @classmethod
    def _without_secrets(cls, params: Params, info: ValidationInfo) -> Params:
        """What is stored can be read by all who reach the API. Of a run that its runner began, they are [hidden]."""
        if params.needs_engine and info.context != BEGUN:
            raise PydanticCustomError("engine", ENGINE, {"script": f"scripts/{info.data.get('experiment')}"})
        values = params.model_dump(mode="json")
        found = secrets_of(values)
        if found and not (info.context == BEGUN and values == mask(values)):
            raise PydanticCustomError("secret", SECRET, {"names": ", ".join(found)})
        return params

    @field_validator("contenders")
    @classmethod
    def _fit(cls, contenders: list[str], info: ValidationInfo) -> list[str]:
        params = info.data.get("params")  # absent where those are wrong
        if params is not None and (reason := unfit(params, contenders)) is not None:
            raise PydanticCustomError("unfit", "{reason}", {"reason": reason})
        return contenders


def _new_run(experiment: Experiment) -> type[NewRun]:
    fields: dict[str, Any] = {
        "experiment": Annotated[Literal[experiment.name], Field(title="Experiment")],
        "params": Annotated[experiment.params, Field({}, title="Parameters", validate_default=True)],
    }
    if experiment.model.contenders == len(SLOTS):  # it compares two
        fields["contenders"] = (Contenders, Field(default=list(SLOTS), title="Contenders"))
    return create_model(
        f"New{experiment.model.__name__}",
        __base__=NewRun,
        __module__=__name__,
        __doc__=experiment.description,
        **fields,
    )


# Discriminated by `experiment`, so that the JSON Schema says which parameters each experiment takes.
_AnyNewRun: Any = Annotated[reduce(or_, map(_new_run, EXPERIMENTS.values())), Field(discriminator="experiment")]
NEW_RUN: TypeAdapter[NewRun] = TypeAdapter(_AnyNewRun)


def new_run(document: Any) -> NewRun:
    """Validates what json.loads made of a request; raises pydantic's ValidationError, see `rest.validation`."""
    return NEW_RUN.validate_python(document)


def begun_run(document: Any) -> NewRun:
    """The same, of a run that its runner carries out itself: it knows the secrets, and masks them here."""
    return NEW_RUN.validate_python(document, context=BEGUN)


# --- changing one ---------------------------------------------------------------------------------------


def _untouched() -> Any:
    """A default that only marks the member as optional: what was sent is in `model_fields_set`."""
    return Field(default_factory=lambda: None)


class RunPatch(Strict):
    """A merge patch (RFC 7396): what is absent stays, null is back to empty."""

    note: Text | None = _untouched()
    tags: Tags | None = _untouched()
    state: Literal["cancelled"] = _untouched()

    def changes(self) -> dict[str, Any]:
        """The members that were sent, with what they become."""
        empty: dict[str, Any] = {"note": "", "tags": []}
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: empty[name] if value is None else value for name, value in sent.items()}


# --- reading --------------------------------------------------------------------------------------------


class Run(BaseModel):
    """One execution of an experiment. Times are RFC 3339 in UTC."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    experiment: str
    params: dict[str, JsonValue]
    contenders: list[str]
    state: State
    progress: Annotated[float, Field(ge=0, le=1)]
    created: AwareDatetime
    started: AwareDatetime | None
    finished: AwareDatetime | None
    environment: dict[str, JsonValue] | None
    error: str | None
    note: str
    tags: list[str]

    @computed_field(description="What it sends, in a few words: GET /items, or /io.")  # type: ignore[prop-decorator]
    @property
    def label(self) -> str:
        return label(self.experiment, self.params)


class Filters(BaseModel):
    """Which runs are listed. Names that no run has list none: experiments and contenders may have gone since."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: State | None = None
    experiment: Name | None = None
    contender: Name | None = None
    tag: Tag | None = None


class Event(BaseModel):
    """What happened to a run; `id` counts from 1 within the run, without gaps but for what a lost attempt measured."""

    model_config = ConfigDict(frozen=True)

    id: int
    type: str
    data: dict[str, JsonValue]
