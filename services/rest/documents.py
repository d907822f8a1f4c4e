"""What is answered and has no model elsewhere: lists, descriptions and refusals, for the OpenAPI document."""

from pydantic import BaseModel, Field, JsonValue

from experiments.reports import AnySample
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


class Results(BaseModel):
    """A request of race and waterfall, a probe of victim and slow-clients, a feature of protocols, or a point."""

    items: list[AnySample]
    next: None
