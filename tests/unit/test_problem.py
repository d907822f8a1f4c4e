"""Refusals as problem documents."""

import pytest

from contender import problem
from contender.problem import Problem


def test_a_document_has_the_members_of_rfc_9457() -> None:
    assert Problem(413, "It is so.").document("/sync/io") == {
        "type": "about:blank",
        "title": "Content Too Large",
        "status": 413,
        "detail": "It is so.",
        "instance": "/sync/io",
    }


def test_a_status_that_http_does_not_have_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="299"):
        Problem(299, "It is so.")


def test_a_refusal_has_its_status_and_headers_and_names_the_request() -> None:
    rows: list[tuple[Problem, int, dict[str, str], list[str]]] = [
        (problem.not_found("/sync/nothing"), 404, {}, ["'/sync/nothing'"]),
        (problem.not_allowed("PUT", ("GET", "HEAD")), 405, {"Allow": "GET, HEAD"}, ["PUT", "GET, HEAD"]),
        (problem.upgrade_required("Ask for a WebSocket."), 426, {"Upgrade": "websocket"}, ["WebSocket"]),
    ]
    for refusal, status, headers, named in rows:
        assert (refusal.status, refusal.headers) == (status, headers), f"got {refusal!r}"
        assert all(part in str(refusal) for part in named), f"wanted {named} in {refusal!r}"


def test_the_instance_is_the_uri_reference_of_the_request() -> None:
    rows = {
        "/sync/hello?x=1": "/sync/hello%3Fx=1",
        "/a b/\n": "/a%20b/%0A",
        "/ä/%": "/%C3%A4/%25",
        "/a;b=c,d/@:~-._": "/a;b=c,d/@:~-._",
    }
    assert {path: Problem(404, "It is so.").document(path)["instance"] for path in rows} == rows
