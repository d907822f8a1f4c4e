"""What is answered and has no model elsewhere: lists, descriptions and refusals, for the OpenAPI document."""

from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import BaseModel, Discriminator, Field, JsonValue, Tag

from experiments.registry import EXPERIMENTS
from rest.models import Run


class Error(BaseModel):
    """One mistake: `pointer` into the document (RFC 6901), or the `parameter` of the query."""

    pointer: str = ""
    parameter: str = ""
    detail: str


class ProblemDocument(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Error] = []


class Described(BaseModel):
    """An experiment; `params` is the JSON Schema of its parameters."""

    name: str
    title: str
    description: str
    params: dict[str, JsonValue]
    url: str


class Entry(BaseModel):
    title: str
    links: dict[str, str]


class ListOfExperiments(BaseModel):
    items: list[Described]
    next: None


class ListOfRuns(BaseModel):
    items: list[Run]
    next: str | None = Field(description="URL of the next page.")


def _name(row: Any) -> str:
    return type(row).__name__


_rows = dict.fromkeys(each.row for each in EXPERIMENTS.values())  # several experiments have the same
AnyRow: Any = Annotated[reduce(or_, (Annotated[row, Tag(row.__name__)] for row in _rows)), Discriminator(_name)]


class Results(BaseModel):
    """The rows of one experiment."""

    items: list[AnyRow]
    next: None


class Difference(BaseModel):
    """Of one figure where both runs have it: geometric means, and b against a in per cent with its 95 % interval."""

    contender: str
    point: float | None = None
    workers: int | None = None
    metric: str
    title: str
    a: float
    b: float
    repeats_a: int
    repeats_b: int
    difference_pct: float
    low_pct: float | None = Field(description="null: too few repeats for an interval.")
    high_pct: float | None
    found: bool = Field(description="Whether the interval leaves out zero.")


class Comparison(BaseModel):
    """Run a (of the path) and run b (of the query), unpaired: see `notes`."""

    a: str
    b: str
    differing: dict[str, list[JsonValue]] = Field(description="Parameters in which the runs differ: of a, and of b.")
    items: list[Difference]
    notes: list[str]
