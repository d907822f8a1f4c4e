"""Refusals as problem documents."""

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
