"""Every status that the OpenAPI document promises is answered, as it promises, and no other is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from experiments.registry import EXPERIMENTS
from rest import problems
from rest.settings import Settings
from rest.store import errors
from rest.store.database import Database
from tests.unit.databases import Lab, emptied
from tests.unit.service import DOCUMENT, JSON, MERGE_PATCH, OPERATIONS, RACE, answered, ended, made_at, queued, served

NO_JSON = {"headers": {"Accept": "image/png"}}
PATCHING = {"Content-Type": MERGE_PATCH, "If-Match": "*"}
READ_RUN, CHANGE, DELETE = "GET /runs/{id}", "PATCH /runs/{id}", "DELETE /runs/{id}"
COMPARISON = "GET /runs/{id}/comparison"
SAME = {"params": {"against": "{id}"}}
RESULTS, EVENTS = "GET /runs/{id}/results", "GET /runs/{id}/events"
LARGE = b" " * (1024 * 1024 + 1)

# An operation, its status, and the request. `run` is the state of the run that it is about; `fault` the database's.
STATUSES: list[tuple[str, int, dict[str, Any]]] = [
    ("GET /", 200, {}),
    ("GET /", 406, NO_JSON),
    ("GET /experiments", 200, {}),
    ("GET /experiments", 406, NO_JSON),
    *(("GET /experiments/{name}", 200, {"name": name}) for name in EXPERIMENTS),
    ("GET /experiments/{name}", 404, {"name": "chess"}),
    ("GET /experiments/{name}", 406, NO_JSON),
    ("GET /runs", 200, {}),
    ("GET /runs", 200, {"params": {"state": "queued", "limit": 1}}),
    ("GET /runs", 406, NO_JSON),
    ("GET /runs", 422, {"params": {"limit": 0}}),
    ("GET /runs", 503, {"fault": errors.Unavailable}),
    ("POST /runs", 201, {"json": RACE}),
    ("POST /runs", 200, {"json": RACE, "headers": {"Idempotency-Key": "queued"}}),
    ("POST /runs", 400, {"content": b"{", "headers": {"Content-Type": JSON}}),
    ("POST /runs", 406, {"json": RACE, **NO_JSON}),
    ("POST /runs", 409, {"json": RACE, "headers": {"Idempotency-Key": "deleted"}, "run": "deleted"}),
    ("POST /runs", 413, {"content": LARGE, "headers": {"Content-Type": JSON}}),
    ("POST /runs", 415, {"content": b"{}"}),
    ("POST /runs", 422, {"json": {}}),
    ("POST /runs", 422, {"json": RACE | {"note": "x"}, "headers": {"Idempotency-Key": "queued"}}),
    ("POST /runs", 503, {"json": RACE, "fault": errors.Unavailable}),
    ("POST /runs", 507, {"json": RACE, "fault": errors.StorageFull}),
    (READ_RUN, 200, {}),
    (READ_RUN, 200, {"run": "done"}),
    (READ_RUN, 304, {"headers": {"If-None-Match": "*"}}),
    (READ_RUN, 400, {"headers": {"If-None-Match": "1"}}),
    (READ_RUN, 404, {"run": "deleted"}),
    (READ_RUN, 406, NO_JSON),
    (READ_RUN, 503, {"fault": errors.Unavailable}),
    (CHANGE, 200, {"json": {"note": "x"}, "headers": PATCHING}),
    (CHANGE, 400, {"content": b"{", "headers": PATCHING}),
    (CHANGE, 404, {"json": {}, "headers": PATCHING, "run": "deleted"}),
    (CHANGE, 406, {"json": {}, "headers": PATCHING | NO_JSON["headers"]}),
    (CHANGE, 409, {"json": {"state": "cancelled"}, "headers": PATCHING, "run": "done"}),
    (CHANGE, 412, {"json": {"note": "x"}, "headers": PATCHING | {"If-Match": '"9"'}}),
    (CHANGE, 413, {"content": LARGE, "headers": PATCHING}),
    (CHANGE, 415, {"json": {}, "headers": {"If-Match": "*"}}),
    (CHANGE, 422, {"json": {"note": 7}, "headers": PATCHING}),
    (CHANGE, 428, {"json": {}, "headers": {"Content-Type": MERGE_PATCH}}),
    (CHANGE, 503, {"json": {}, "headers": PATCHING, "fault": errors.Unavailable}),
    (CHANGE, 507, {"json": {"note": "x"}, "headers": PATCHING, "fault": errors.StorageFull}),
    (DELETE, 204, {}),
    (DELETE, 400, {"headers": {"If-Match": "1"}}),
    (DELETE, 404, {"run": "deleted"}),
    (DELETE, 412, {"headers": {"If-Match": '"9"'}}),
    (DELETE, 503, {"fault": errors.Unavailable}),
    (DELETE, 507, {"fault": errors.StorageFull}),
    (RESULTS, 200, {}),
    (RESULTS, 200, {"headers": {"Accept": "text/csv"}}),
    (RESULTS, 404, {"run": "deleted"}),
    (RESULTS, 406, NO_JSON),
    (RESULTS, 503, {"fault": errors.Unavailable}),
    (COMPARISON, 200, SAME),
    (COMPARISON, 404, SAME | {"run": "deleted"}),
    (COMPARISON, 406, SAME | NO_JSON),
    (COMPARISON, 422, {}),
    (COMPARISON, 422, {"params": {"against": "last"}}),
    (COMPARISON, 503, SAME | {"fault": errors.Unavailable}),
    (EVENTS, 200, {"run": "done"}),
    (EVENTS, 204, {"run": "done", "headers": {"Last-Event-ID": "3"}}),
    (EVENTS, 400, {"headers": {"Last-Event-ID": "x"}}),
    (EVENTS, 404, {"run": "deleted"}),
    (EVENTS, 406, NO_JSON),
    (EVENTS, 503, {"fault": errors.Unavailable}),
]


def test_the_document_has_the_statuses_of_the_table_and_no_others() -> None:
    documented = {name: {int(status) for status in operation["responses"]} for name, operation in OPERATIONS.items()}
    assert documented == {name: {status for each, status, _ in STATUSES if each == name} for name in OPERATIONS}


def test_an_operation_answers_as_the_document_says(
    migrated: Settings, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for number, (operation, status, asking) in enumerate(STATUSES):
        (folder := tmp_path / str(number)).mkdir()
        with subtests.test(operation, status=status), pytest.MonkeyPatch.context() as patching:
            sent = asking.copy()
            method, path = operation.split()
            with served(Lab(emptied(migrated, folder)), patching) as client:
                run = identifier(client, sent.pop("run", "queued"))
                below = path.format(id=run, name=sent.pop("name", "race"))
                if "params" in sent:
                    sent["params"] = {name: str(value).format(id=run) for name, value in sent["params"].items()}
                if "fault" in sent:
                    broken(patching, sent.pop("fault"))
                got = answered(client.request(method, below, **sent), status)
            conforms(OPERATIONS[operation]["responses"][str(status)], got)


def identifier(client: TestClient, state: str) -> str:
    """Of a run in that state, which a request with the state as its key has queued, unless it is done."""
    if state == "done":
        return str(ended(client, state).json()["id"])
    run = answered(client.post("/runs", json=RACE, headers={"Idempotency-Key": state}), 201)
    if state == "deleted":
        answered(client.delete(made_at(run)), 204)
    return str(run.json()["id"])


def broken(monkeypatch: pytest.MonkeyPatch, fault: type[errors.StoreError]) -> None:
    """A database that fails in this way; one that is full can still be read."""

    @asynccontextmanager
    async def fails(_database: Database) -> AsyncIterator[None]:
        raise fault("The database has a fault.")
        yield

    for way in ("writing",) if fault is errors.StorageFull else ("writing", "reading"):
        monkeypatch.setattr(Database, way, fails)


def conforms(promised: dict[str, Any], response: Response) -> None:
    """Whether an answer has the media type, the body and the headers that are promised."""
    content, got = promised.get("content", {}), response.headers.get("content-type", "").partition(";")[0]
    assert got in content or (not content and not response.content), f"wanted one of {list(content)}, got {got!r}"
    if got.endswith("json"):
        schema = content[got]["schema"] | {"components": DOCUMENT["components"]}
        jsonschema_rs.Draft202012Validator(schema).validate(response.json())
    optional = {"Link"}  # absent on the last page
    missing = promised.get("headers", {}).keys() - optional - {name.title() for name in response.headers} - {"ETag"}
    assert not missing, f"wanted the headers {missing}, got {response.headers}"
    assert "ETag" not in promised.get("headers", {}) or "etag" in response.headers


def test_the_database_says_when_to_ask_again(rest: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    queued(rest)
    broken(monkeypatch, errors.Unavailable)
    assert answered(rest.get("/runs"), 503).headers["Retry-After"] == "1"


def test_what_the_store_cannot_do_is_in_the_log(
    rest: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    rows: list[type[errors.StoreError]] = [errors.Unavailable, errors.StorageFull, errors.StoreError]
    for fault in rows:
        with subtests.test(fault=fault):
            broken(monkeypatch, fault)
            caplog.clear()
            assert rest.post("/runs", json=RACE).status_code >= 500
            [line] = [record for record in caplog.records if record.name == problems.__name__]
            assert "POST /starlette/runs: " in line.getMessage()
            assert (line.exc_info is not None) == (fault is errors.StoreError), "wanted the traceback of a defect only"
