"""Entity tags and their conditions: pure functions, by table."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from contender.problem import Problem
from rest.preconditions import etag, if_match, not_modified, required_if_match
from tests.unit.interface import http_scope


def request_of(name: str, *values: str) -> Request:
    return Request(http_scope("/") | {"headers": [(name.encode(), each.encode("latin-1")) for each in values]})


def test_if_match_names_the_revisions_that_may_be_changed(subtests: pytest.Subtests) -> None:
    rows: list[tuple[list[str], set[int] | None]] = [
        ([], None),
        (["*"], None),
        ([" * "], None),
        (['"7"'], {7}),
        (['"7", "8"'], {7, 8}),
        (['"7","8" ,  "7"'], {7, 8}),
        (['"7"', '"8"'], {7, 8}),
        (['"0"'], {0}),
        (['"999999999"'], {999_999_999}),
        (['W/"7"'], set()),
        (['W/"7", "8"'], {8}),
        (['"07"'], set()),
        (['"7x"'], set()),
        (['""'], set()),
        (['"7,8"'], set()),
        (['"*"'], set()),
        (['"\xb2"'], set()),
        (['"9999999999"'], set()),
    ]
    for sent, revisions in rows:
        with subtests.test(sent=sent, revisions=revisions):
            got = if_match(request_of("if-match", *sent))
            assert got == revisions, f"If-Match: {sent}: wanted {revisions}, got {got}"


def test_if_none_match_knows_the_revision(subtests: pytest.Subtests) -> None:
    rows: list[tuple[list[str], bool]] = [
        ([], False),
        (["*"], True),
        (['"7"'], True),
        (['W/"7"'], True),
        (['"6"', 'W/"7"'], True),
        (['"x,W/", "7"'], True),
        (['"6"'], False),
        (['"77"'], False),
        (['"07"'], False),
        (['"W/7"'], False),
        (['"*"'], False),
    ]
    for sent, want in rows:
        with subtests.test(sent=sent, want=want):
            assert not_modified(request_of("if-none-match", *sent), 7) == want, f"If-None-Match: {sent}: wanted {want}"


MALFORMED = ["", " ", "7", "'7'", '"7', '7"', '"7" "8"', '"7",', ',"7"', '"7";', 'w/"7"', 'W / "7"', '"a b"', "**",
             '*, "7"', '"7", *', '"\x7f"']  # fmt: skip


def test_what_is_no_list_of_tags_is_400_naming_the_header(subtests: pytest.Subtests) -> None:
    name_rows: list[tuple[str, Callable[[Request], Any]]] = [
        ("If-Match", if_match),
        ("If-Match", required_if_match),
        ("If-None-Match", lambda it: not_modified(it, 7)),
    ]
    for name, read in name_rows:
        for malformed in MALFORMED:
            with subtests.test(name=name, read=read, malformed=malformed):
                with pytest.raises(Problem, match=f"^{name}: ") as refused:
                    pytest.fail(f"{name}: {malformed}: wanted 400, got {read(request_of(name.lower(), malformed))}")
                assert refused.value.status == 400


def test_who_must_say_what_they_know_and_does_not_is_428() -> None:
    with pytest.raises(Problem, match="If-Match") as refused:
        required_if_match(request_of("if-none-match", '"7"'))
    assert refused.value.status == 428


@given(st.integers(0, 999_999_999))
def test_a_tag_is_read_as_it_is_written(revision: int) -> None:
    assert if_match(request_of("if-match", etag(revision))) == {revision}
    assert not_modified(request_of("if-none-match", etag(revision)), revision)
    assert not not_modified(request_of("if-none-match", etag(revision + 1)), revision)
