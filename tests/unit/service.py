"""The REST service in this process, from its start to its stop, mounted as uvicorn mounts it, on real storage."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from rest.app import app
from rest.openapi import document
from tests.unit.databases import Lab

MOUNT, HOST = "/starlette", "http://localhost:8080"
BASE = HOST + MOUNT

# The OpenAPI document, and its operations by method and path.
DOCUMENT = document(BASE)
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if method != "parameters"
}

JSON = "application/json"
PROBLEM = "application/problem+json"
MERGE_PATCH = "application/merge-patch+json"

RACE: dict[str, Any] = {"experiment": "race", "params": {"workload": "io", "ms": 200}, "contenders": ["sync", "gevent"]}


@contextmanager
def served(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client of the service on this database; its paths are those below the mount."""
    monkeypatch.setenv("DATABASE_URL", lab.settings.database_url)
    with TestClient(app, BASE, root_path=MOUNT) as client:
        yield client


def answered(response: Response, status: int, media_type: str | None = None) -> Response:
    """The response, if it is the wanted one."""
    request, got = response.request, response.headers.get("content-type", "").partition(";")[0]
    fits = response.status_code == status and media_type in (None, got)
    message = f"{request.method} {request.url} answered {response.status_code} {got}: {response.text[:500]}"
    assert fits, f"{message}\nwanted {status} {media_type or ''}"
    return response


def problem(response: Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal, with the members of the contract."""
    document: dict[str, Any] = answered(response, status, PROBLEM).json()
    members = ["type", "title", "status", "detail", "instance"]
    assert [name for name in document if name != "errors"] == members, f"wanted {members}, got {document}"
    wanted = {"status": status, "instance": response.request.url.raw_path.partition(b"?")[0].decode()}
    assert document | wanted == document, f"wanted {wanted}, got {document}"
    assert document["detail"], f"wanted a detail, got {document}"
    return document


def errors(response: Response) -> dict[str, str]:
    """What a 422 says is wrong, by the place: a JSON pointer or the name of a parameter."""
    found = problem(response, 422)["errors"]
    return {each.get("pointer", each.get("parameter")): each["detail"] for each in found}


def queued(client: TestClient, **members: Any) -> Response:
    """The answer to a new race."""
    return answered(client.post("/runs", json=RACE | members), 201)


def ended(client: TestClient, state: str) -> Response:
    """A run that its runner has brought to this end."""
    made = queued(client)
    token = answered(client.post("/internal/claim", json={"runner": "r"}), 200).json()["token"]
    finish = {"token": token, "outcome": {"state": state}}
    answered(client.post(f"/internal{made_at(made)}/finish", json=finish), 200)
    return answered(client.get(made_at(made)), 200)


def patched(client: TestClient, made: Response, document: Any, **headers: str) -> Response:
    """The answer to a patch of the run as it was made."""
    sent = {"If-Match": made.headers["ETag"], "Content-Type": MERGE_PATCH}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(made_at(made), json=document, headers=sent | named)


def made_at(made: Response) -> str:
    """The path below the mount of a run, of which this is a representation."""
    return f"/runs/{made.json()['id']}"
