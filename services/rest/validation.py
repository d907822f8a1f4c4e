"""What is wrong with a document: pydantic's errors as JSON pointers with a sentence each."""

import json

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from experiments.registry import EXPERIMENTS
from experiments.schema.params import UNKNOWN_WORKLOAD


class FieldError(BaseModel):
    """`pointer` is a JSON pointer (RFC 6901) into the document that was sent."""

    model_config = ConfigDict(frozen=True)

    pointer: str
    detail: str


MAX_ERRORS = 20  # reported of one document: a person mends these first, and more would only take memory


def field_errors(error: ValidationError) -> list[FieldError]:
    """The first ones, MAX_ERRORS at most."""
    errors = error.errors(include_url=False)[:MAX_ERRORS]
    return [FieldError(pointer=_pointer(each), detail=_detail(each)) for each in errors]


def _detail(error: ErrorDetails) -> str:
    value = error["input"]
    if (detail := _DETAILS.get(error["type"])) is not None:
        return detail
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return f"Input should be one of {', '.join(map(repr, EXPERIMENTS))}"
    if error["type"] == "missing" or not isinstance(value, str | int | float):
        return error["msg"]
    return f"{error['msg']}; got {json.dumps(value)[:100]}"


def _pointer(error: ErrorDetails) -> str:
    """Where the error is in the document, without the names that pydantic puts in for members of a union."""
    path = list(error["loc"])
    if len(path) > 1 and path[0] in EXPERIMENTS:
        del path[0]
        if path[0] == "params":
            del path[1:2]
    path += _UNPLACED.get(error["type"], [])
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


# Where pydantic's own words are about Python.
_DETAILS = {
    "extra_forbidden": "Unknown field",
    "model_type": "Input should be an object",
    "model_attributes_type": "Input should be an object",
    "dict_type": "Input should be an object",
}

# What pydantic reports of a whole object, because it could not choose a model for it.
_UNPLACED = {
    "union_tag_invalid": ["experiment"],
    "union_tag_not_found": ["experiment"],
    UNKNOWN_WORKLOAD: ["workload"],
}
