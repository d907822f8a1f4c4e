"""The OpenAPI 3.1 document: the schemas are those of the models that validate, the paths are in `operations`.

A test compares the paths and methods with the routes, and another asks the running service for each.
"""

from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from contender.starlette import JSONLineResponse
from rest.content import JSON, negotiate
from rest.documents import Comparison, Described, Entry, ListOfExperiments, ListOfRuns, ProblemDocument, Results
from rest.models import NEW_RUN, Run, RunPatch
from rest.operations import REF, Json, paths
from rest.resource import resource

_ANSWERED = (ProblemDocument, Comparison, Described, Entry, ListOfExperiments, ListOfRuns, Results, Run)


@cache  # 30 ms of pydantic, for what never changes
def _schemas() -> Json:
    answered: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]] = [
        (model.__name__, "serialization", TypeAdapter(model)) for model in _ANSWERED
    ]
    read: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]] = [
        ("NewRun", "validation", NEW_RUN),
        ("RunPatch", "validation", TypeAdapter(RunPatch)),
    ]
    by_name, shared = TypeAdapter.json_schemas([*answered, *read], ref_template=REF)
    schemas: Json = dict(shared.get("$defs", {}))
    return schemas | {"NewRun": by_name["NewRun", "validation"]}


def _tagged(items: Json) -> Json:
    """Each operation under the first segment of its path, as /docs groups them."""
    for path, item in items.items():
        for operation in item.values():
            if "operationId" in operation:
                operation["tags"] = [path.split("/")[1] or "entry"]
    return items


def document(server: str) -> Json:
    """The whole document; `server` is the URL that the paths are below."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "serverlab",
            "version": "1",
            "summary": "The lab's own records: experiments and their runs.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server}],
        "paths": _tagged(paths()),
        "components": {"schemas": _schemas()},
    }


async def openapi(request: Request) -> Response:
    negotiate(request, JSON)
    return JSONLineResponse(document(str(request.url_for("entry")).rstrip("/")))


routes = [resource("/openapi.json", "openapi", get=openapi)]
