"""What an Accept header prefers, and how mistakes are reported to a client: pure functions, by table."""

import pytest
from starlette.requests import Request

from contender.problem import Problem
from rest.content import negotiate
from tests.unit.interface import http_scope

J, C, E = "application/json", "text/csv", "text/event-stream"


def request_of(*accept: str) -> Request:
    scope = http_scope("/")
    return Request(scope | {"headers": [(b"accept", each.encode("latin-1")) for each in accept]})


def test_the_preferred_type_is_chosen_and_the_first_on_a_tie(subtests: pytest.Subtests) -> None:
    rows: list[tuple[list[str], tuple[str, ...], str]] = [
        ([], (J, C), J),
        ([""], (J, C), J),
        (["*/*"], (J, C), J),
        (["*/*"], (C, J), C),
        (["*"], (J,), J),
        ([C], (J, C), C),
        ([f"{C}, {J}"], (J, C), J),
        ([C, J], (J, C), J),
        ([C, "image/png"], (J, C), C),
        ([f"{C};q=0.9, {J};q=0.8"], (J, C), C),
        ([f"{C};q=0.8", f"{J};q=0.9"], (J, C), J),
        ([f"{J};q=0, */*"], (J, C), C),
        ([f"{J} ; q=0 , text/*"], (J, C), C),
        ([f"*/*;q=0.1, {C}"], (J, C), C),
        (["text/*, */*;q=0.5"], (J, C), C),
        (["TEXT/CSV"], (J, C), C),
        ([f"{C};Q=0, {J};Q=1"], (J, C), J),
        (["text/csv;header=present"], (J, C), C),
        (["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"], (J, C), J),
        ([E], (E,), E),
    ]
    for accept, offered, want in rows:
        with subtests.test(accept=accept, offered=offered, want=want):
            got = negotiate(request_of(*accept), *offered)
            assert got == want, f"Accept: {accept} of {offered}: wanted {want}, got {got}"


NOTHING_LEFT = [
    *("image/png", "*/*;q=0", f"{J};q=0", f"{J};q=0, */*;q=0", f"{J};q=0.000", "json", "/", ",", "application/"),
    *("application/json2", "application/problem+json", "\xff", "a/b/c", ";q=1", f"{J};q=0, application/*"),
]


def test_where_nothing_is_left_it_is_406_and_says_what_there_is(subtests: pytest.Subtests) -> None:
    for accept in NOTHING_LEFT:
        with subtests.test(accept=accept):
            with pytest.raises(Problem, match=J) as refused:
                pytest.fail(f"Accept: {accept}: wanted 406, got {negotiate(request_of(accept), J)}")
            assert refused.value.status == 406
