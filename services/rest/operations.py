"""What the service does at each of its paths, as OpenAPI describes it."""

from typing import Any

from pydantic import TypeAdapter

from contender.problem import MEDIA_TYPE as PROBLEM
from experiments.registry import EXPERIMENTS
from rest.content import JSON
from rest.event_stream import EVENT_STREAM
from rest.preconditions import PATTERN as TAGS
from rest.results import CSV
from rest.runs import MERGE_PATCH, Listing

Json = dict[str, Any]
REF = "#/components/schemas/{model}"


def _ref(name: str) -> Json:
    return {"$ref": REF.format(model=name)}


def _body(media_type: str, name: str, example: Json) -> Json:
    return {"required": True, "content": {media_type: {"schema": _ref(name), "example": example}}}


_ETAG = {"ETag": {"description": "Strong; the run's revision.", "schema": {"type": "string"}}}
_LOCATION = {"Location": {"description": "The run.", "schema": {"type": "string", "format": "uri"}}}
_LINK = {"Link": {"description": 'The next page, `rel="next"`; absent on the last.', "schema": {"type": "string"}}}


def _answer(description: str, name: str | None = None, headers: Json | None = None) -> Json:
    answer: Json = {"description": description, "headers": headers or {}}
    return answer | {"content": {JSON: {"schema": _ref(name)}}} if name else answer


_REFUSALS = {
    400: "Malformed: the body is not valid JSON, or a header is invalid.",
    404: "Not found.",
    406: "`Accept` matches no media type of this resource.",
    409: "The run's state does not allow it, or this key's run was deleted.",
    412: "The run has changed: fetch it again.",
    413: "The body is larger than 64 KiB.",
    415: "Unsupported media type.",
    422: "Validation failed; `errors` points at each problem.",
    428: "`If-Match` is required.",
    503: "The database is unavailable; retry after `Retry-After` seconds.",
    507: "The database disk is full.",
}


def _refusals(*statuses: int) -> Json:
    return {
        str(status): {"description": _REFUSALS[status], "content": {PROBLEM: {"schema": _ref("ProblemDocument")}}}
        for status in statuses
    }


def _header(name: str, description: str, *, required: bool = False, **schema: Any) -> Json:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
    }


_KNOWN = "The run's last-read ETag, a list of ETags, or `*`."


def _query() -> list[Json]:
    schema = TypeAdapter(Listing).json_schema(ref_template=REF)
    inlined = schema.get("$defs", {})
    return [
        {"name": name, "in": "query", "schema": _inline(each, inlined)} for name, each in schema["properties"].items()
    ]


def _inline(schema: Json, definitions: Json) -> Json:
    """The schema of a value, for a parameter that is absent or a value, and never null."""
    kinds = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    (kind,) = kinds
    if "$ref" in kind:
        kind = definitions[kind["$ref"].rpartition("/")[2]]
    rest = {key: value for key, value in schema.items() if key in ("description", "default") and value is not None}
    return {**kind, **rest}


_RACE = {
    "experiment": "race",
    "params": {"workload": "io", "ms": 200, "requests": 20},
    "contenders": ["sync", "gevent"],
    "tags": ["first"],
    "note": "",
}
_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "Time-ordered (UUID 7).",
}
_AGAINST = {**_ID, "name": "against", "in": "query", "description": "The other run, b."}
_NAME = {"name": "name", "in": "path", "required": True, "schema": {"enum": list(EXPERIMENTS)}}


def _operation(identifier: str, summary: str, responses: Json, **more: Any) -> Json:
    return {"operationId": identifier, "summary": summary, "responses": responses, **more}


def _links_of_a_run() -> Json:
    by_id = {"parameters": {"id": "$response.body#/id"}}
    known = {"parameters": {"id": "$response.body#/id", "If-Match": "$response.header.ETag"}}
    return {
        "read": {"operationId": "readRun", **by_id},
        "change": {"operationId": "changeRun", **known},
        "results": {"operationId": "readResults", **by_id},
        "delete": {"operationId": "deleteRun", **by_id},
    }


def _made(description: str) -> Json:
    return _answer(description, "Run", _ETAG | _LOCATION) | {"links": _links_of_a_run()}


def paths() -> Json:
    """Of the document: by path, what each method does, takes and answers."""
    entry = _operation("entry", "Entry document", {"200": _answer("Links", "Entry")} | _refusals(406))
    return {"/": {"get": entry}, **_experiments(), **_runs(), **_run(), **_parts_of_a_run()}


def _experiments() -> Json:
    return {
        "/experiments": {
            "get": _operation(
                "listExperiments",
                "All experiments",
                {"200": _answer("All experiments", "ListOfExperiments")} | _refusals(406),
            )
        },
        "/experiments/{name}": {
            "parameters": [_NAME],
            "get": _operation(
                "readExperiment",
                "An experiment and its parameter JSON Schema",
                {"200": _answer("The experiment", "Described")} | _refusals(404, 406),
            ),
        },
    }


def _runs() -> Json:
    idempotency = _header(
        "Idempotency-Key",
        "Makes retries safe: the run is queued only once. Keys are kept for 24 hours.",
        pattern="^[!-~]{1,255}$",
    )
    return {
        "/runs": {
            "get": _operation(
                "listRuns",
                "Runs, newest first",
                {"200": _answer("A page", "ListOfRuns", _LINK)} | _refusals(406, 422, 503),
                parameters=_query(),
            ),
            "post": _operation(
                "queueRun",
                "Queue a run",
                {"200": _made("Already queued with this key"), "201": _made("Queued")}
                | _refusals(400, 406, 409, 413, 415, 422, 503, 507),
                parameters=[idempotency],
                requestBody=_body(JSON, "NewRun", _RACE),
            ),
        },
    }


def _run() -> Json:
    none_match = _header("If-None-Match", "304 if the run matches one of these ETags, or `*`.", pattern=TAGS)
    return {
        "/runs/{id}": {
            "parameters": [_ID],
            "get": _operation(
                "readRun",
                "Get run",
                {"200": _answer("The run", "Run", _ETAG), "304": _answer("Unchanged", headers=_ETAG)}
                | _refusals(400, 404, 406, 503),
                parameters=[none_match],
            ),
            "patch": _operation(
                "changeRun",
                "Change the note or the tags, or cancel",
                {"200": _answer("The updated run", "Run", _ETAG)}
                | _refusals(400, 404, 406, 409, 412, 413, 415, 422, 428, 503, 507),
                parameters=[_header("If-Match", _KNOWN, required=True, pattern=TAGS)],
                requestBody=_body(MERGE_PATCH, "RunPatch", {"note": "a quiet machine"}),
            ),
            "delete": _operation(
                "deleteRun",
                "Delete a run with its results",
                {"204": _answer("Gone")} | _refusals(400, 404, 412, 503, 507),
                parameters=[_header("If-Match", _KNOWN, pattern=TAGS)],
            ),
        },
    }


def _parts_of_a_run() -> Json:
    last_event = _header("Last-Event-ID", "Resume after this event.", pattern="^[0-9]{0,9}$")
    text = {"schema": {"type": "string"}}
    return {
        "/runs/{id}/results": {
            "parameters": [_ID],
            "get": _operation(
                "readResults",
                "The rows of a run, as JSON or CSV",
                {
                    "200": {
                        "description": "Per `Accept`",
                        "content": {JSON: {"schema": _ref("Results")}, CSV: text},
                    }
                }
                | _refusals(404, 406, 503),
            ),
        },
        "/runs/{id}/comparison": {
            "parameters": [_ID],
            "get": _operation(
                "compareRuns",
                "How far another run of the experiment differs, unpaired",
                {"200": _answer("Differences with 95 % intervals", "Comparison")} | _refusals(404, 406, 422, 503),
                parameters=[_AGAINST],
            ),
        },
        "/runs/{id}/events": {
            "parameters": [_ID],
            "get": _operation(
                "watchRun",
                "Progress and samples as they happen",
                {
                    "200": {
                        "description": "Ends with the run. Each event has an `id` for resuming.",
                        "content": {EVENT_STREAM: {}},
                    },
                    "204": {"description": "The run has ended; all events were delivered."},
                }
                | _refusals(400, 404, 406, 503),
                parameters=[last_event],
            ),
        },
    }
