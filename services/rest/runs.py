"""The runs as resources: queued, listed, read, changed and deleted."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response

from contender.problem import Problem
from contender.starlette import JSONLineResponse
from rest.comparison import comparison
from rest.content import JSON, json_document, negotiate, parse_model, query
from rest.event_stream import events
from rest.models import Filters, IdempotencyKey, Run, RunPatch, new_run
from rest.preconditions import etag, if_match, not_modified, required_if_match
from rest.resource import resource, run_id, store
from rest.results import results
from rest.store.cursor import PATTERN

MERGE_PATCH = "application/merge-patch+json"

_KEY: TypeAdapter[str] = TypeAdapter(IdempotencyKey)


def _whole(text: str) -> str:
    """Python would read "1_0", " 5" and "5.0" too."""
    if not re.fullmatch("-?[0-9]+", text):
        raise PydanticCustomError("not_whole", "Input should be an integer in digits")
    return text


class Listing(Filters):
    """The query of a list of runs."""

    limit: Annotated[int, BeforeValidator(_whole), Field(ge=1, le=100, description="Page size.")] = 20
    cursor: Annotated[str | None, Field(pattern=PATTERN, description="Cursor from the last page.")] = None

    @property
    def filters(self) -> Filters:
        return Filters(**{name: getattr(self, name) for name in Filters.model_fields})


async def list_runs(request: Request) -> Response:
    negotiate(request, JSON)
    listing = query(request, Listing.model_validate)
    page = await store(request).runs.page(listing.filters, listing.limit, listing.cursor)
    onward = listing.model_copy(update={"cursor": page.next}).model_dump(mode="json", exclude_none=True)
    behind = str(request.url_for("runs").include_query_params(**onward)) if page.next else None
    headers = {"Link": f'<{behind}>; rel="next"'} if behind else {}
    return JSONLineResponse({"items": [document(run) for run in page.items], "next": behind}, headers=headers)


async def create_run(request: Request) -> Response:
    """201 once for each Idempotency-Key; a request that is repeated with it is answered 200 with the same run."""
    negotiate(request, JSON)
    key = idempotency_key(request)
    new = parse_model(new_run, await json_document(request, JSON, "Accept-Post"))
    made = await store(request).runs.create(new, key)
    location = str(request.url_for("run", id=made.run.id))
    return respond(made.run, made.revision, 201 if made.created else 200, {"Location": location})


async def read_run(request: Request) -> Response:
    negotiate(request, JSON)
    run, revision = await store(request).runs.get(run_id(request))
    if not_modified(request, revision):
        return Response(status_code=304, headers=cache_headers(revision))
    return respond(run, revision)


async def patch_run(request: Request) -> Response:
    negotiate(request, JSON)
    runs, known = store(request).runs, run_id(request)
    await runs.get(known)  # 404 before what is wrong with the request
    revisions = required_if_match(request)
    patch = parse_model(RunPatch.model_validate, await json_document(request, MERGE_PATCH, "Accept-Patch"))
    return respond(*await runs.patch(known, patch, revisions))


async def delete_run(request: Request) -> Response:
    await store(request).runs.delete(run_id(request), if_match(request))
    return Response(status_code=204)


def idempotency_key(request: Request) -> str | None:
    text = request.headers.getlist("Idempotency-Key")
    if not text:
        return None
    try:
        (key,) = text
        return _KEY.validate_python(key)
    except ValueError:  # a second key, or pydantic's ValidationError
        raise Problem(400, "Idempotency-Key is required: 1 to 255 visible ASCII characters.") from None


def document(run: Run) -> dict[str, Any]:
    return run.model_dump(mode="json")


def cache_headers(revision: int) -> dict[str, str]:
    """The headers for a cache, with the run and with 304 alike."""
    # no-cache: cached, and revalidated with If-None-Match each time.
    return {"ETag": etag(revision), "Cache-Control": "no-cache"}


def respond(run: Run, revision: int, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONLineResponse(document(run), status, headers=cache_headers(revision) | (headers or {}))


routes = [
    resource("/runs", "runs", get=list_runs, post=create_run),
    resource("/runs/{id:uuid}", "run", get=read_run, patch=patch_run, delete=delete_run),
    resource("/runs/{id:uuid}/results", "results", get=results),
    resource("/runs/{id:uuid}/events", "events", get=events),
    resource("/runs/{id:uuid}/comparison", "comparison", get=comparison),
]
