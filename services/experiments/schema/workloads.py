"""The workloads that a run may send, each with its own parameters; one of them is a request of the user's own."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from contender import workload
from contender.workload import Choice, Parameter
from experiments.schema.headers import Headers

WORKLOAD = "io"  # what is sent when a run does not say: the one on which the contenders differ most

REQUEST = "request"  # a request of the user's own, for an application of his own


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a request of the user's own: its type (for pydantic) and its default."""

    name: str
    kind: Any
    default: Any
    description: str


def _path(path: str) -> str:
    if not re.fullmatch(PATH, path):
        raise PydanticCustomError("path", "must start with / and contain no spaces; percent-encode non-ASCII")
    return path


PATH = r"/[!-~]*"
Path = Annotated[str, Field(max_length=2000, json_schema_extra={"pattern": f"^{PATH}$"}), AfterValidator(_path)]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LARGEST = 65_536  # characters of a body: it is kept with the run, and sent with each request

PARTS = (
    Part(
        "path",
        Path,
        "/",
        "Relative to the contender, with query: /items?limit=10. In a race {n} is a number, of each request its own.",
    ),
    Part("method", Literal[METHODS], "GET", ""),
    Part("headers", Headers, [], "As 'Name: value'."),
    Part("body", Annotated[str, Field(max_length=LARGEST)] | None, None, ""),
    Part("expect", Annotated[int, Field(ge=200, le=599)], 200, "Expected status code."),
    Part("at_root", bool, False, "At the application's own host name, own-sync.localhost, without the prefix."),
)

# By workload. Beside those that take parameters: the bare hello, for measuring the server and nothing else.
PARAMETERS: dict[str, tuple[Parameter | Choice | Part, ...]] = {"hello": (), **workload.WORKLOADS, REQUEST: PARTS}

TITLES = {
    "ms": "Time (ms)",
    "io_ms": "I/O wait (ms)",
    "cpu_ms": "CPU time (ms)",
    "block_ms": "Blocking wait (ms)",
    "queries": "Queries",
    "driver": "Database driver",
    "bytes": "Payload (bytes)",
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
