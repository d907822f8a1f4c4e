"""Refusals as problem documents."""

import json

import pytest

from contender import problem
from contender.problem import Problem


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "Bad Request"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (413, "Content Too Large"),
        (422, "Unprocessable Content"),
        (426, "Upgrade Required"),
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
    ],
)
def test_a_document_has_the_members_of_rfc_9457(status: int, title: str) -> None:
    assert Problem(status, "It is so.").document("/sync/io") == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": "It is so.",
        "instance": "/sync/io",
    }


def test_a_status_that_http_does_not_know_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="299"):
        Problem(299, "It is so.")


def test_a_problem_reads_as_its_detail_where_it_is_raised() -> None:
    assert str(Problem(422, "ms is wrong.")) == "ms is wrong."


@pytest.mark.parametrize(
    ("refusal", "status", "headers", "named"),
    [
        (problem.not_found("/sync/nothing"), 404, {}, ["'/sync/nothing'"]),
        (problem.not_allowed("PUT", "GET, HEAD"), 405, {"Allow": "GET, HEAD"}, ["PUT", "GET, HEAD"]),
        (problem.upgrade_required("Ask for a WebSocket."), 426, {"Upgrade": "websocket"}, ["Ask for a WebSocket."]),
    ],
)
def test_a_refusal_has_its_status_its_headers_and_names_what_was_asked(
    refusal: Problem, status: int, headers: dict[str, str], named: list[str]
) -> None:
    assert (refusal.status, refusal.headers) == (status, headers)
    for part in named:
        assert part in refusal.detail, f"wanted {part!r} in the detail, got {refusal.detail!r}"


@pytest.mark.parametrize(
    ("path", "instance"),
    [
        ("/sync/hello?x=1", "/sync/hello%3Fx=1"),
        ("/a b/\n", "/a%20b/%0A"),
        ("/ä/%", "/%C3%A4/%25"),
        ("/a;b=c,d/@:~-._", "/a;b=c,d/@:~-._"),
    ],
)
def test_the_instance_is_the_uri_reference_that_was_asked_for(path: str, instance: str) -> None:
    assert Problem(404, "It is so.").document(path)["instance"] == instance


@pytest.mark.parametrize("status", [400, 414, 431])
def test_a_refusal_of_what_is_no_http_is_a_whole_response(status: int) -> None:
    head, _, body = problem.refusal(status).partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    named = dict(each.split(": ", 1) for each in fields)
    assert first.startswith(f"HTTP/1.1 {status} "), first
    assert (named["Content-Type"], int(named["Content-Length"])) == (problem.MEDIA_TYPE, len(body))
    assert json.loads(body)["status"] == status
