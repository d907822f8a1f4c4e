"""An experiment as data: its name, what it takes, and what it results in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import JsonValue, TypeAdapter

from experiments.schema.params import Params, by_workload
from experiments.schema.samples import Sample
from experiments.schema.workloads import REQUEST


@dataclass(frozen=True, slots=True)
class Shorthand:
    """An option of the command line that stands for parameters of a workload: milliseconds, or a flag."""

    option: str
    description: str
    flag: bool = False


Label = Callable[[Mapping[str, Any]], str]


def label_of(experiment: str, params: Mapping[str, Any]) -> str:
    """GET /items; /io. Runs of earlier versions may lack any parameter."""
    if params.get("workload") == REQUEST:
        return f"{params.get('method', 'GET')} {params.get('path', '/')}"
    return f"/{params['workload']}" if "workload" in params else experiment


@dataclass(frozen=True, slots=True)
class Experiment:
    name: str
    title: str
    description: str
    place: int  # where it stands in every list of them
    model: type[Params]
    row: type[Sample]  # what one of its results is
    shorthands: tuple[Shorthand, ...] = ()
    in_full: Callable[[dict[str, Any]], dict[str, Any]] | None = None  # the options with those; raises ValueError
    markdown: bool = False  # whether the command line can print its results as Markdown
    labelled: Label | None = None  # where the workload is not what its runs are about

    @property
    def params(self) -> Any:
        """The type of its parameters: one model a workload, discriminated by `workload`."""
        return by_workload(self.model)

    def read(self, params: dict[str, JsonValue]) -> Params:
        """The parameters with every default filled in; raises pydantic's ValidationError."""
        return _validator(self.model).validate_python(params)

    def complete(self, params: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """The same as a document; raises pydantic's ValidationError."""
        return self.read(params).model_dump(mode="json")

    def schema(self) -> dict[str, Any]:
        """JSON Schema 2020-12: `oneOf`, with one object a workload."""
        return _validator(self.model).json_schema()

    def rows(self, documents: Iterable[dict[str, Any]]) -> list[Any]:
        """As the records have them: those of earlier versions may lack a column, or have one that is gone."""
        unknown = {name: None for name, field in self.row.model_fields.items() if field.is_required()}
        return [self.row.model_construct(**(unknown | each)) for each in documents]

    def label(self, params: Mapping[str, Any]) -> str:
        """What a run with these parameters sends, in a few words."""
        return self.labelled(params) if self.labelled else label_of(self.name, params)


@cache  # to build it takes about 6 ms, to validate with it a hundredth of one
def _validator(model: type[Params]) -> TypeAdapter[Params]:
    return TypeAdapter(by_workload(model))
