"""The resource of a run over HTTP: queued once, read again only when it changed, and never overwritten unseen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.unit.service import BASE, JSON, RACE, answered, errors, made_at, patched, problem, queued

# --- queueing -----------------------------------------------------------------------------------------


def test_a_run_that_is_queued_is_answered_whole_with_its_address(rest: TestClient) -> None:
    made = answered(rest.post("/runs", json=RACE | {"tags": ["first"], "note": "äöü"}), 201, JSON)
    run = made.json()
    assert made.headers["Location"] == f"{BASE}/runs/{run['id']}"
    assert made.headers["ETag"] == '"1"'
    assert UUID(run["id"]).version == 7, f"wanted a time-ordered id, got {run['id']}"
    assert run["created"].endswith("Z"), f"wanted RFC 3339 in UTC, got {run['created']!r}"
    assert datetime.fromisoformat(run["created"]).tzinfo == UTC
    assert {name: run[name] for name in run if name not in ("id", "created")} == {
        "experiment": "race",
        "params": {"workload": "io", "ms": 200, "requests": 20, "direct": False},
        "contenders": ["sync", "gevent"],
        "state": "queued",
        "label": "/io",
        "progress": 0,
        "started": None,
        "finished": None,
        "environment": None,
        "error": None,
        "note": "äöü",
        "tags": ["first"],
    }


def test_the_location_of_a_new_run_reads_as_it_was_answered(rest: TestClient) -> None:
    made = queued(rest)
    read = answered(rest.get(made.headers["Location"]), 200, JSON)
    assert (read.json(), read.headers["ETag"]) == (made.json(), made.headers["ETag"])


def test_what_cannot_be_run_is_refused_with_a_pointer_to_the_mistake(
    rest: TestClient, subtests: pytest.Subtests
) -> None:
    rows: list[tuple[Any, str]] = [
        ([], ""),
        ({}, "/experiment"),
        ({"experiment": "chess"}, "/experiment"),
        ({"experiment": 7}, "/experiment"),
        (RACE | {"params": []}, "/params"),
        (RACE | {"params": {"workload": "chess"}}, "/params/workload"),
        (RACE | {"params": {"ms": "200"}}, "/params/ms"),
        (RACE | {"params": {"ms": 10_001}}, "/params/ms"),
        (RACE | {"params": {"ms": 10**400}}, "/params/ms"),
        (RACE | {"params": {"requests": True}}, "/params/requests"),
        (RACE | {"params": {"workload": "cpu", "bytes": 1}}, "/params/bytes"),
        (RACE | {"params": own("Authorization: Bearer s3cr3t")}, "/params"),
        (RACE | {"params": own("X-Signing-Key: [hidden]")}, "/params"),  # what a stored run has cannot be sent
        (RACE | {"params": own("Accept: text/plain", path="/items?token=s3cr3t")}, "/params"),
        (RACE | {"params": own("Connection: close")}, "/params/headers"),
        (RACE | {"contenders": []}, "/contenders"),
        (RACE | {"contenders": ["sync", "nobody"]}, "/contenders/1"),
        (RACE | {"contenders": ["sync", "sync"]}, "/contenders"),
        (RACE | {"tags": ["x" * 65]}, "/tags/0"),
        (RACE | {"tags": [str(number) for number in range(17)]}, "/tags"),
        (RACE | {"note": "x" * 2001}, "/note"),
        (RACE | {"note": "\0"}, "/note"),
        (RACE | {"race": 1}, "/race"),
        (RACE | {"a/b~c": 1}, "/a~1b~0c"),
        (RACE | {"state": "done"}, "/state"),
    ]
    for document, place in rows:
        with subtests.test(document=document, place=place):
            refused = rest.post("/runs", json=document)
            assert list(errors(refused)) == [place], f"wanted {place!r} named, got {refused.text}"
            assert rest.get("/runs").json()["items"] == [], "wanted nothing queued by a refused request"


def own(*headers: str, **parts: Any) -> dict[str, Any]:
    """The parameters of a request of the user's own."""
    return {"workload": "request", "headers": headers, **parts}


def test_a_secret_is_not_queued_and_the_refusal_says_where_it_can_be_sent_from(rest: TestClient) -> None:
    (detail,) = errors(rest.post("/runs", json=RACE | {"params": own("X-A: b", "Cookie: a=s3cr3t")})).values()
    assert detail.startswith("Cookie: a secret in a queued run would be stored in clear"), detail
    assert "docker compose run --rm bench" in detail
    assert "s3cr3t" not in detail


def test_every_mistake_is_told_at_once(rest: TestClient) -> None:
    refused = rest.post("/runs", json=RACE | {"note": 7, "tags": [""], "params": {"ms": -1}})
    assert errors(refused).keys() == {"/note", "/tags/0", "/params/ms"}, refused.text


# --- once for each Idempotency-Key --------------------------------------------------------------------


def keyed(client: TestClient, key: str, **members: Any) -> Response:
    return client.post("/runs", json=RACE | members, headers={"Idempotency-Key": key})


def test_a_repeated_request_is_answered_200_with_the_same_run(rest: TestClient) -> None:
    first, again = answered(keyed(rest, "k"), 201), answered(keyed(rest, "k"), 200, JSON)
    assert again.json() == first.json()
    for name in ("Location", "ETag"):
        assert again.headers[name] == first.headers[name], f"wanted the {name} of the first answer again"
    assert len(rest.get("/runs").json()["items"]) == 1


def test_a_repeated_request_is_answered_with_the_run_as_it_is_now(rest: TestClient) -> None:
    first = answered(keyed(rest, "k"), 201)
    changed = answered(patched(rest, first, {"note": "since"}), 200)
    again = answered(keyed(rest, "k"), 200)
    assert (again.json(), again.headers["ETag"]) == (changed.json(), changed.headers["ETag"])


def test_the_same_key_with_another_body_is_422_and_queues_nothing(rest: TestClient) -> None:
    answered(keyed(rest, "k"), 201)
    assert "key" in problem(keyed(rest, "k", note="another"), 422)["detail"]
    assert len(rest.get("/runs").json()["items"]) == 1


def test_the_key_of_a_deleted_run_is_409_and_queues_nothing(rest: TestClient) -> None:
    answered(rest.delete(made_at(answered(keyed(rest, "k"), 201))), 204)
    assert "deleted" in problem(keyed(rest, "k"), 409)["detail"]
    assert rest.get("/runs").json()["items"] == []


def test_a_malformed_key_is_400(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["", "x" * 256, "two words", "ä", "tab\t!"]
    for key in rows:
        with subtests.test(key=key):
            refused = rest.post("/runs", json=RACE, headers={b"Idempotency-Key": key.encode()})
            assert "Idempotency-Key" in problem(refused, 400)["detail"]


def test_two_keys_are_400(rest: TestClient) -> None:
    problem(rest.post("/runs", json=RACE, headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "b")]), 400)


def test_any_key_of_visible_characters_serves(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["!", "~" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"']
    for key in rows:
        with subtests.test(key=key):
            assert [keyed(rest, key).status_code for _ in range(2)] == [201, 200]


def test_many_at_once_with_one_key_make_one_run(rest: TestClient) -> None:
    with ThreadPoolExecutor(8) as clients:
        got = list(clients.map(lambda _: keyed(rest, "k"), range(16)))
    assert sorted(each.status_code for each in got) == [200] * 15 + [201]
    assert len({each.json()["id"] for each in got}) == 1


# --- reading ------------------------------------------------------------------------------------------


def test_if_none_match_is_304_where_the_run_is_as_it_was(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[str, int]] = [
        ('"1"', 304), ('W/"1"', 304), ("*", 304), ('"x", "1"', 304), ('"x",W/"1"', 304), (' "1" ', 304),
        ('"2"', 200), ('"x"', 200), ('"01"', 200), ('"x", "y,1"', 200), ('""', 200),
        ("1", 400), ('"1', 400), ('"1" "2"', 400), ('*, "1"', 400), ("", 400), ('w/"1"', 400),
    ]  # fmt: skip
    for tags, status in rows:
        with subtests.test(tags=tags, status=status):
            made = queued(rest)
            read = answered(rest.get(made_at(made), headers={"If-None-Match": tags}), status)
            if status == 400:
                assert "If-None-Match" in problem(read, 400)["detail"]
            else:
                assert (read.headers["ETag"], read.content == b"") == ('"1"', status == 304)


def test_a_304_carries_what_the_200_would_say_of_caching(rest: TestClient) -> None:
    path = made_at(queued(rest))
    whole, unchanged = rest.get(path), answered(rest.get(path, headers={"If-None-Match": "*"}), 304)
    for name in ("ETag", "Cache-Control", "Vary"):
        got, want = unchanged.headers.get(name), whole.headers.get(name)
        assert got == want, f"{name}: wanted {want!r} of the 200 in the 304 too (RFC 9110, 15.4.5), got {got!r}"


def test_a_tag_of_before_reads_the_run_as_it_is_now(rest: TestClient) -> None:
    made = queued(rest)
    answered(patched(rest, made, {"note": "since"}), 200)
    read = answered(rest.get(made_at(made), headers={"If-None-Match": made.headers["ETag"]}), 200)
    assert (read.json()["note"], read.headers["ETag"]) == ("since", '"2"')


NOBODYS = "01a20672-f3a4-75ed-8c7b-298ce172ad2a"


def test_a_run_that_is_not_there_is_404(rest: TestClient, subtests: pytest.Subtests) -> None:
    identifier_rows: list[str] = [NOBODYS, NOBODYS[:-1], NOBODYS + "0", "1", "x"]
    ask_rows: list[Callable[[TestClient, str], Response]] = [TestClient.get, TestClient.patch, TestClient.delete]
    for identifier in identifier_rows:
        for ask in ask_rows:
            with subtests.test(identifier=identifier, ask=ask):
                problem(ask(rest, f"/runs/{identifier}"), 404)


# --- deleting -----------------------------------------------------------------------------------------


def test_a_deleted_run_is_gone_with_all_that_was_below_it(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str | None] = [None, "*", '"1"', '"7", "1"']
    for known in rows:
        with subtests.test(known=known):
            path = made_at(queued(rest))
            gone = answered(rest.delete(path, headers={"If-Match": known} if known else {}), 204)
            assert gone.content == b""
            for below in ("", "/results", "/events"):
                problem(rest.get(path + below), 404)
            problem(rest.delete(path), 404)


def test_a_run_is_not_deleted_by_whom_it_has_left_behind(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[str, int]] = [('"2"', 412), ('W/"1"', 412), ('"01"', 412), ("1", 400)]
    for known, status in rows:
        with subtests.test(known=known, status=status):
            path = made_at(queued(rest))
            problem(rest.delete(path, headers={"If-Match": known}), status)
            answered(rest.get(path), 200)
