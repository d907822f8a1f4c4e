"""What a body must be before anybody looks at what it says: of a known type, well-formed, and not too large."""

import asyncio
import gzip
import json

import pytest
from starlette.testclient import TestClient

from contender.asgi import Message
from rest.app import app
from rest.content import LIMIT
from rest.validation import MAX_ERRORS
from tests.unit.interface import DISCONNECT, Connection, answer, converse, http_scope
from tests.unit.service import JSON, MERGE_PATCH, MOUNT, answered, made_at, problem, queued

MALFORMED = {
    "nothing": b"",
    "no JSON": b"experiment=race",
    "cut short": b'{"experiment": "race"',
    "two documents": b"{}{}",
    "a trailing comma": b'{"a": 1,}',
    "a comment": b"{} // nothing",
    "NaN": b'{"note": NaN}',
    "Infinity": b'{"note": [-Infinity]}',
    "a number beyond a double": b'{"note": 1e999}',
    "a number far below it": b'{"note": [-1e999]}',
    "more digits than Python reads": b"1" * 5000,
    "a leading zero": b'{"note": 01}',
    "a member twice": b'{"note": "a", "note": "a"}',
    "a member twice, deep inside": b'{"params": [{"ms": 1, "ms": 2}]}',
    "a member twice, once escaped": b'{"note": 1, "\\u006eote": 2}',
    "half of a surrogate": b'{"note": "\\ud800"}',
    "the other half, in a name": b'{"\\udfff": 1}',
    "half of a surrogate, twice": b'{"\\ud800": 1, "\\ud800": 2}',
    "Latin-1": '{"note": "ä"}'.encode("latin-1"),
    "UTF-16": '{"note": ""}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "an overlong slash": b'{"note": "\xc0\xaf"}',
    "a control character": b'{"note": "\x01"}',
    "lists without end": b"[" * 30_000,
    "objects without end": b'{"a":' * 10_000,
}


def test_what_is_no_json_is_400(rest: TestClient, subtests: pytest.Subtests) -> None:
    made = queued(rest)
    known = {"If-Match": "*", "Content-Type": MERGE_PATCH}
    for name, body in MALFORMED.items():
        with subtests.test(name):
            for refused in (
                rest.post("/runs", content=body, headers={"Content-Type": JSON}),
                rest.patch(made_at(made), content=body, headers=known),
                rest.post("/internal/claim", content=body, headers={"Content-Type": JSON}),
            ):
                detail = problem(refused, 400)["detail"]
                assert detail.startswith("The body is not well-formed JSON: "), detail
            assert rest.get("/runs").json()["items"] == [made.json()]


def test_what_only_looks_odd_is_read(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[bytes] = [b'{"note": "\\ud83d\\udc0d"}', '{"note": "🐍"}'.encode(), b' {"note":"\\u0001"}\n']
    for body in rows:
        with subtests.test(body=body):
            known = {"If-Match": "*", "Content-Type": MERGE_PATCH}
            patched = answered(rest.patch(made_at(queued(rest)), content=body, headers=known), 200)
            assert patched.json()["note"] in ("🐍", "\x01")


def test_a_body_of_another_type_is_415_and_told_which_is_read(rest: TestClient, subtests: pytest.Subtests) -> None:
    media_type_rows: list[str | None] = [
        None,
        "",
        "text/plain",
        MERGE_PATCH,
        "application/x-www-form-urlencoded",
        "*/*",
    ]
    path_rows: list[str] = ["/runs", "/internal/claim"]
    for media_type in media_type_rows:
        for path in path_rows:
            with subtests.test(media_type=media_type, path=path):
                refused = rest.post(
                    path, content=b"{}", headers={} if media_type is None else {"Content-Type": media_type}
                )
                assert JSON in problem(refused, 415)["detail"]
                assert refused.headers["Accept-Post"] == JSON


def test_the_type_is_known_without_its_parameters(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = [JSON, "application/json; charset=utf-8", "Application/JSON", "application/json ;x"]
    for media_type in rows:
        with subtests.test(media_type=media_type):
            answered(rest.post("/runs", content=b'{"experiment": "race"}', headers={"Content-Type": media_type}), 201)


# --- size ---------------------------------------------------------------------------------------------


def padded(size: int) -> bytes:
    return b'{"experiment": "race"}'.ljust(size)


def test_a_body_over_64_kib_is_413(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[int, int]] = [(LIMIT, 201), (LIMIT + 1, 413), (3 * LIMIT, 413)]
    for size, status in rows:
        with subtests.test(size=size, status=status):
            got = answered(rest.post("/runs", content=padded(size), headers={"Content-Type": JSON}), status)
            if status == 413:
                assert "64 KiB" in problem(got, 413)["detail"]


def test_a_patch_over_64_kib_is_413(rest: TestClient) -> None:
    headers = {"Content-Type": MERGE_PATCH, "If-Match": "*"}
    problem(rest.patch(made_at(queued(rest)), content=padded(LIMIT + 1), headers=headers), 413)


def test_a_body_that_does_not_tell_its_length_is_counted_as_it_comes(rest: TestClient) -> None:
    chunks = (b" " * (LIMIT // 4) for _ in range(5))
    problem(rest.post("/runs", content=chunks, headers={"Content-Type": JSON}), 413)


def test_a_runner_may_send_more(rest: TestClient) -> None:
    body = b'{"runner": "r"}'.ljust(16 * LIMIT)
    answered(rest.post("/internal/claim", content=body, headers={"Content-Type": JSON}), 204)


COMPRESSED = {"Content-Type": JSON, "Content-Encoding": "gzip"}


def test_a_body_that_is_compressed_is_415_and_told_so(rest: TestClient) -> None:
    refused = rest.post("/runs", content=gzip.compress(b'{"experiment": "race"}'), headers=COMPRESSED)
    assert "gzip" in problem(refused, 415)["detail"]
    assert refused.headers["Accept-Encoding"] == "identity"


# --- wrong in very many places --------------------------------------------------------------------------


def wrong(size: int) -> dict[str, bytes]:
    """As many errors as a body has room for."""
    names = [f"n{number}" for number in range(size // 9)]
    members = b",".join(b'"%s":1' % each.encode() for each in names)
    return {
        "contenders": b'{"experiment": "race", "contenders": [%s]}' % b",".join([b"0"] * (size // 2 - 50)),
        "tags": json.dumps({"experiment": "race", "tags": [f"{number:04x}" for number in range(size // 9)]}).encode(),
        "members": json.dumps({"experiment": "race"} | dict.fromkeys(names, 1), separators=(",", ":")).encode()[:size],
        "a member twice": b'{"experiment": "race", %s, "n0": 1}' % members,
    }


def test_a_document_that_is_wrong_in_very_many_places_costs_little(rest: TestClient, subtests: pytest.Subtests) -> None:
    """Validating all of it would take a worker's whole memory."""
    for mistake in wrong(0):
        with subtests.test(mistake=mistake):
            refused = rest.post("/runs", content=wrong(LIMIT)[mistake][:LIMIT], headers={"Content-Type": JSON})
            assert refused.status_code in (400, 422), refused.text[:500]
            assert len(refused.content) < 8 * 1024, f"wanted a few errors reported, got {len(refused.content)} bytes"
            assert len(refused.json().get("errors", [])) <= MAX_ERRORS


def test_the_number_of_errors_is_reported_where_not_all_of_them_are(rest: TestClient) -> None:
    refused = rest.post("/runs", json={"experiment": "race"} | {f"n{number}": 1 for number in range(100)})
    refusal = problem(refused, 422)
    assert "(and 99 more)" in refusal["detail"]
    assert [each["detail"] for each in refusal["errors"]] == ["Unknown field"] * MAX_ERRORS


def test_a_number_is_whole_however_it_is_written(rest: TestClient) -> None:
    """As JSON Schema says of an integer."""
    body = b'{"experiment": "race", "params": {"requests": 20.0, "ms": 2e2}}'
    made = answered(rest.post("/runs", content=body, headers={"Content-Type": JSON}), 201).json()
    assert (made["params"]["requests"], made["params"]["ms"]) == (20, 200)
    problem(rest.post("/runs", json={"experiment": "race", "params": {"requests": 20.5}}), 422)


# --- ends ---------------------------------------------------------------------------------------------


def test_a_body_that_ends_early_is_400_and_no_failure() -> None:
    begun: Message = {"type": "http.request", "body": b'{"exper', "more_body": True}
    scope = http_scope("/runs", "POST", {"Content-Type": JSON}, MOUNT) | {"state": {}}
    connection = Connection(begun, DISCONNECT)
    asyncio.run(converse(app, scope, connection))
    got = answer(connection.sent)
    assert (got.status, got.document["detail"]) == (400, "Body truncated at 7 bytes.")
