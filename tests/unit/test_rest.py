"""The Starlette service, through Starlette's own test client: its entry document, and the contract's routes."""

import asyncio
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from contender import awaiting, workload
from contender.asgi import Message
from contender.workload import WORKLOADS
from rest.app import app
from rest.workloads import WORKER
from tests.unit.interface import DISCONNECT, Connection, Leaving, answer, body_messages, converse, http_scope

MOUNT, BASE = "/starlette", "http://localhost:8080"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client of the service as it is mounted, from its start to its stop."""
    monkeypatch.setattr(WORKER, "server", WORKER.server)  # which the start replaces
    with TestClient(app, BASE, root_path=MOUNT, raise_server_exceptions=False) as connected:
        yield connected


def test_the_entry_document_links_to_what_there_is(client: TestClient) -> None:
    entry = client.get(f"{MOUNT}/")
    assert (entry.status_code, entry.headers["content-type"]) == (200, "application/json")
    links = entry.json()["links"]
    named = ("experiments", "runs", "docs", "hello", "healthz", "dump", *WORKLOADS, "upload")
    assert links == {name: f"{BASE}{MOUNT}/{name}" for name in named} | {"openapi": f"{BASE}{MOUNT}/openapi.json"}


def test_links_hold_under_any_mount_prefix_and_host(subtests: pytest.Subtests) -> None:
    rows: list[str] = ["", "/starlette", "/a/b"]
    for mount in rows:
        with subtests.test(mount=mount), TestClient(app, "http://lab.example:81", root_path=mount) as connected:
            link = connected.get(f"{mount}/").json()["links"]["hello"]
            assert link == f"http://lab.example:81{mount}/hello"
            assert connected.get(link).text == "Hello, World!\n"


@pytest.mark.usefixtures("nobody")
def test_every_link_leads_somewhere(client: TestClient) -> None:
    links = client.get(f"{MOUNT}/").json()["links"]
    statuses = {name: client.options(url).status_code for name, url in links.items()}
    assert set(statuses.values()) == {204, 405}, f"wanted every link to be a route, got {statuses}"


def test_a_refusal_is_a_problem_document(client: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[str, str, int, str]] = [
        ("GET", "/nothing", 404, "'/starlette/nothing'"),
        ("GET", "/hello/", 404, "'/starlette/hello/'"),
        ("GET", "", 404, "'/starlette'"),
        ("POST", "/hello", 405, "POST is not answered here"),
        ("PUT", "/upload", 405, "send POST."),
        ("GET", "/io?ms=x", 422, "ms='x'"),
        ("GET", "/io?ms=10001", 422, "ms=10001"),
        ("GET", "/ws", 426, "WebSocket"),
    ]
    for method, path, status, named in rows:
        with subtests.test(method=method, path=path, status=status, named=named):
            refused = client.request(method, f"{MOUNT}{path}")
            assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
            document = refused.json()
            assert document.keys() == {"type", "title", "status", "detail", "instance"}
            assert (document["status"], document["instance"]) == (status, (MOUNT + path).partition("?")[0])
            assert named in document["detail"], f"wanted {named!r} in the detail, got {document['detail']!r}"


def test_a_method_that_is_not_answered_is_told_which_are(client: TestClient) -> None:
    allow = client.delete(f"{MOUNT}/io").headers["allow"]
    assert set(allow.split(", ")) == {"GET", "HEAD"}, f"wanted GET and HEAD allowed, got {allow!r}"


def test_a_failure_is_500_without_its_traceback(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> dict[str, Any]:
        raise RuntimeError("no water")

    monkeypatch.setitem(awaiting.WORK, "whoami", fail)
    failed = client.get(f"{MOUNT}/whoami")
    assert (failed.status_code, failed.headers["content-type"]) == (500, "application/problem+json")
    assert not any(word in failed.text for word in ("Traceback", "RuntimeError", "no water")), failed.text
    assert {"x-request-id", "server-timing"} <= failed.headers.keys(), f"wanted it identified, got {failed.headers}"


def test_a_failure_is_handed_on_for_the_server_to_log(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> dict[str, Any]:
        raise RuntimeError("no water")

    monkeypatch.setitem(awaiting.WORK, "whoami", fail)
    with TestClient(app) as connected, pytest.raises(RuntimeError, match="no water"):
        connected.get("/whoami")


def test_an_upload_is_counted_and_hashed(client: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[bytes] = [b"", b"x", b"\0\xff" * 100_000]
    for body in rows:
        with subtests.test(body=body):
            got = client.post(f"{MOUNT}/upload", content=body)
            want = {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
            assert (got.status_code, got.json()) == (200, want)


def test_a_body_over_the_limit_is_413(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workload, "UPLOAD_LIMIT", 10)
    statuses = [client.post(f"{MOUNT}/upload", content=b"x" * size).status_code for size in (10, 11)]
    assert statuses == [200, 413], f"wanted 10 bytes taken and 11 refused, got {statuses}"


def test_a_body_that_ends_early_is_400() -> None:
    begun: Message = {"type": "http.request", "body": b"abc", "more_body": True}
    connection = Connection(begun, DISCONNECT)
    asyncio.run(converse(app, http_scope("/upload", "POST", mount=MOUNT), connection))
    got = answer(connection.sent)
    assert (got.status, got.document["detail"]) == (400, "The body ended after 3 bytes.")


def test_a_websocket_echoes_text_and_bytes(client: TestClient) -> None:
    with client.websocket_connect(f"{MOUNT}/ws") as websocket:
        websocket.send_text("hello")
        websocket.send_bytes(b"\0\xff")
        assert (websocket.receive_text(), websocket.receive_bytes()) == ("hello", b"\0\xff")


def test_a_websocket_elsewhere_is_denied_with_a_problem_document(client: TestClient) -> None:
    with pytest.raises(WebSocketDenialResponse) as denied, client.websocket_connect(f"{MOUNT}/nothing"):
        pass
    assert (denied.value.status_code, denied.value.json()["instance"]) == (404, f"{MOUNT}/nothing")


def test_the_start_finds_out_the_server(client: TestClient) -> None:
    who = client.get(f"{MOUNT}/whoami").json()
    assert (who["interface"], who["worker"]) == ("asgi", "asyncio")


# --- what the test client cannot do: go away ----------------------------------------------------------


def test_a_stream_ends_with_its_client_and_nothing_more_is_sent(subtests: pytest.Subtests) -> None:
    rows: list[str] = ["/stream?chunks=100&ms=10000", "/sse?events=100&ms=10000"]
    for target in rows:
        with subtests.test(target=target):
            connection = Leaving(*body_messages(b""))
            later = asyncio.run(converse(app, http_scope(target, mount=MOUNT), connection))
            types = [message["type"] for message in connection.sent]
            assert (types, later) == (["http.response.start", "http.response.body"], 0)
            assert connection.sent[-1]["more_body"], f"wanted no end to what nobody reads, got {connection.sent[-1]}"
