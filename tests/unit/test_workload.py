"""The parameters of each workload."""

import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contender import workload
from contender.problem import Problem
from contender.workload import WORKLOADS, Number, Parameter
from tests.unit.encodable import ENCODABLE

PARAMETERS = [(name, each) for name, every in WORKLOADS.items() for each in every if isinstance(each, Parameter)]

# CONTRACT's table: default, lowest, highest.
TABLE: dict[str, dict[str, tuple[int, int, int]]] = {
    "whoami": {},
    "io": {"ms": (100, 0, 10_000)},
    "cpu": {"ms": (20, 0, 2_000)},
    "block": {"ms": (100, 0, 10_000)},
    "pool": {"ms": (100, 0, 10_000)},
    "mix": {"io_ms": (0, 0, 10_000), "cpu_ms": (0, 0, 2_000), "bytes": (0, 0, 1_048_576)},
    "db": {"ms": (20, 0, 1_000), "queries": (1, 1, 20)},
    "fanout": {"n": (10, 1, 50), "ms": (100, 0, 1_000)},
    "stream": {"chunks": (5, 1, 1_000), "ms": (100, 0, 10_000), "bytes": (0, 0, 1_048_576)},
    "sse": {"events": (5, 1, 1_000), "ms": (500, 0, 10_000)},
}
WHOLE = {"bytes", "n", "chunks", "events", "queries"}


def refusal(name: str, query: str) -> str:
    with pytest.raises(Problem) as raised:
        workload.parameters(name, query)
    assert raised.value.status == 422, f"/{name}?{query}: wanted 422, got {raised.value.status}"
    return raised.value.detail


def assert_refused(name: str, query: str, *named: str) -> None:
    detail = refusal(name, query)
    for part in named:
        assert part in detail, f"/{name}?{query}: wanted {part!r} in the refusal, got {detail!r}"


def test_each_parameter_has_its_default_and_its_range() -> None:
    assert WORKLOADS.keys() == TABLE.keys()
    for name, parameters in TABLE.items():
        defaults = {parameter: default for parameter, (default, _, _) in parameters.items()}
        assert workload.parameters(name, "") == defaults, name
        for parameter, (_, low, high) in parameters.items():
            for accepted in (low, high):
                got = workload.parameters(name, f"{parameter}={accepted}")[parameter]
                assert got == accepted, f"/{name}?{parameter}={accepted}: got {got}"
            for refused in (low - 1, high + 1):
                query = f"{parameter}={refused}"
                assert_refused(name, query, query, "out of range", f"{low} to {high}")


def test_what_is_not_one_number_is_refused_with_its_name_value_and_range() -> None:
    texts = ["", " ", "x", "1e3", "0x10", "1_000", "nan", "inf", "-", ".5", "5.", "1,5", "5ms", "--5", "5%0A", "5 5"]
    for name, parameters in TABLE.items():
        for parameter, (_, low, high) in parameters.items():
            for text in [*texts, "\u0661\u0660"]:  # digits, but not of ASCII
                assert_refused(name, f"{parameter}={text}", f"{parameter}=", "is not a", f"{low} to {high}")
            twice = f"{parameter} occurs 2 times (1, 2); give it once."
            assert refusal(name, f"{parameter}=1&{parameter}=2") == twice
            if parameter in WHOLE:
                assert_refused(name, f"{parameter}=1.5", f"{parameter}='1.5' is not a whole number")
            else:
                assert workload.parameters(name, f"{parameter}=1.5")[parameter] == 1.5, f"/{name}?{parameter}=1.5"


def test_what_has_no_default_is_left_out_unless_it_is_given() -> None:
    given = workload.parameters("db", "driver=blocking&cpu_ms=5")
    assert given == {"ms": 20, "queries": 1, "cpu_ms": 5, "driver": "blocking"}
    assert workload.parameters("mix", "block_ms=0")["block_ms"] == 0
    assert_refused("mix", "block_ms=2001", "block_ms=2001", "out of range", "from 0 to 2000")
    assert_refused("db", "driver=fast", "driver='fast' is unknown; use one of usual, blocking.")


def test_a_whole_number_may_be_written_as_a_fraction_and_comes_back_whole() -> None:
    n = workload.parameters("fanout", "n=2.0")["n"]
    assert (n, type(n)) == (2, int)


def test_a_query_without_the_parameter_leaves_its_default() -> None:
    for query in ("_=1795348800&n=x&MS=7", "&&&", "=5", "%", "a=%ff", "\xff=1", ";", "?ms=5"):
        assert workload.parameters("io", query) == {"ms": 100}, f"/io?{query}"
    assert_refused("io", "ms", "ms='' is not a number")  # a name without a value has an empty one


def read(parameter: Parameter, text: str) -> Number | Problem:
    try:
        return parameter.read(text)
    except Problem as refused:
        return refused


@given(
    st.sampled_from(PARAMETERS),
    st.text(ENCODABLE, max_size=30) | st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{0,3})?", alphabet=ENCODABLE),
)
def test_any_text_is_a_number_in_range_or_refused(pair: tuple[str, Parameter], text: str) -> None:
    _, parameter = pair
    outcome = read(parameter, text)
    if isinstance(outcome, Problem):
        assert outcome.status == 422, f"{text!r}: wanted 422, got {outcome.status}"
    else:
        assert parameter.low <= outcome <= parameter.high, f"{text!r} was read as {outcome}, which is out of range"


def test_burning_counts_cpu_time_and_no_other_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([10.0, 10.0, 10.019, 10.021])
    monkeypatch.setattr(workload, "time", SimpleNamespace(thread_time=lambda: next(readings)))
    workload.burn(20)
    assert list(readings) == [], "wanted to burn until the thread had used its 20 ms, and no longer"


def test_a_line_and_an_event_carry_their_number_and_when_they_were_made() -> None:
    before = time.time()
    line = workload.line(2, 3)
    assert line.startswith("chunk 2 of 3 made at "), line
    assert before - 1 < float(line.split()[-1]) < before + 60, line
    assert workload.event(2, 3).startswith('id: 2\ndata: {"event": 2, "of": 3, "made": ')


def test_events_begin_after_the_last_one_seen() -> None:
    rows: list[tuple[str | None, int]] = [
        *((None, 1), ("", 1), ("0", 1), ("1", 2), ("41", 42), ("007", 8), ("999999999", 1_000_000_000)),
        *(("x", 1), ("-1", 1), ("1.5", 1), (" 1", 1), ("\xb2", 1), ("\u0663", 1), ("1" * 10, 1), ("9" * 5000, 1)),
    ]
    for last_event_id, first in rows:
        assert workload.first_event(last_event_id) == first, f"{last_event_id!r}"
