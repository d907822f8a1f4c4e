"""The parameters of each workload, and the two that no interface can soften."""

import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contender import workload
from contender.problem import Problem
from contender.workload import WORKLOADS, Number, Parameter

PARAMETERS = [(name, parameter) for name, every in WORKLOADS.items() for parameter in every]
EACH_PARAMETER = pytest.mark.parametrize(
    ("name", "parameter"), PARAMETERS, ids=[f"{name}-{parameter.name}" for name, parameter in PARAMETERS]
)


def refusal(name: str, query: str) -> Problem:
    with pytest.raises(Problem) as raised:
        workload.parameters(name, query)
    assert raised.value.status == 422, f"/{name}?{query}: wanted 422, got {raised.value.status}"
    return raised.value


@pytest.mark.parametrize(
    ("name", "defaults"),
    [
        ("whoami", {}),
        ("io", {"ms": 100}),
        ("cpu", {"ms": 20}),
        ("block", {"ms": 100}),
        ("mix", {"io_ms": 0, "cpu_ms": 0, "bytes": 0}),
        ("fanout", {"n": 10, "ms": 100}),
        ("stream", {"chunks": 5, "ms": 100}),
        ("sse", {"events": 5, "ms": 500}),
    ],
)
def test_what_is_not_given_has_the_contracts_default(name: str, defaults: dict[str, Number]) -> None:
    assert workload.parameters(name, "") == defaults


@pytest.mark.parametrize(
    ("name", "parameter", "low", "high"),
    [
        ("io", "ms", 0, 10_000),
        ("cpu", "ms", 0, 2_000),
        ("block", "ms", 0, 10_000),
        ("mix", "io_ms", 0, 10_000),
        ("mix", "cpu_ms", 0, 2_000),
        ("mix", "bytes", 0, 1_048_576),
        ("fanout", "n", 1, 50),
        ("fanout", "ms", 0, 1_000),
        ("stream", "chunks", 1, 1_000),
        ("stream", "ms", 0, 10_000),
        ("sse", "events", 1, 1_000),
        ("sse", "ms", 0, 10_000),
    ],
)
def test_a_range_includes_its_ends_and_nothing_beyond(name: str, parameter: str, low: int, high: int) -> None:
    for accepted in (low, high):
        assert workload.parameters(name, f"{parameter}={accepted}")[parameter] == accepted
    for refused in (low - 1, high + 1):
        detail = refusal(name, f"{parameter}={refused}").detail
        for part in (f"{parameter}={refused}", "out of range", f"from {low} to {high}"):
            assert part in detail, f"wanted {part!r} in the refusal, got {detail!r}"


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "1e3", "0x10", "1_000", "nan", "inf", "-", ".5", "5.", "1,5", "5ms", "--5", "5%0A", "%2B5", "5 5"],
)
@EACH_PARAMETER
def test_what_is_not_a_number_is_refused(name: str, parameter: Parameter, text: str) -> None:
    detail = refusal(name, f"{parameter.name}={text}").detail
    for part in (f"{parameter.name}=", "is not a", f"from {parameter.low} to {parameter.high}"):
        assert part in detail, f"wanted {part!r} in the refusal of {text!r}, got {detail!r}"


def test_only_the_digits_of_ascii_make_a_number() -> None:
    assert "'\u0661\u0660' is not a number" in refusal("io", "ms=\u0661\u0660").detail


@EACH_PARAMETER
def test_a_parameter_given_twice_is_refused_and_both_values_are_named(name: str, parameter: Parameter) -> None:
    detail = refusal(name, f"{parameter.name}=1&{parameter.name}=2").detail
    assert detail == f"{parameter.name} is given 2 times (1, 2); give it once."


@EACH_PARAMETER
def test_a_fraction_is_a_number_but_not_a_whole_one(name: str, parameter: Parameter) -> None:
    query = f"{parameter.name}=1.5"
    if parameter.whole:
        assert f"{parameter.name}='1.5' is not a whole number" in refusal(name, query).detail
    else:
        assert workload.parameters(name, query)[parameter.name] == 1.5


def test_a_whole_number_may_be_written_as_a_fraction_and_comes_back_whole() -> None:
    n = workload.parameters("fanout", "n=2.0")["n"]
    assert (n, type(n)) == (2, int)


def test_names_that_the_workload_does_not_know_are_ignored() -> None:
    assert workload.parameters("io", "ms=5&_=1795348800&n=x&MS=7") == {"ms": 5}


@pytest.mark.parametrize("query", ["ms", "&&&", "=5", "%", "a=%ff", "\xff=1", ";", "?ms=5"])
def test_a_query_that_says_nothing_of_a_parameter_leaves_it_alone_or_is_refused(query: str) -> None:
    """Never any other exception."""
    if query == "ms":  # a name without a value is an empty value
        assert "ms='' is not a number" in refusal("io", query).detail
    else:
        assert workload.parameters("io", query) == {"ms": 100}


@given(st.sampled_from(PARAMETERS), st.data())
def test_every_number_in_range_is_accepted_and_comes_back_equal(
    pair: tuple[str, Parameter], data: st.DataObject
) -> None:
    name, parameter = pair
    number: Number = data.draw(st.integers(int(parameter.low), int(parameter.high)))
    if not parameter.whole and number < parameter.high:
        number = data.draw(st.sampled_from([number, number + 0.25, number + 0.5]))
    assert workload.parameters(name, f"{parameter.name}={number}")[parameter.name] == number


@given(st.sampled_from(PARAMETERS), st.integers(1, 10**14), st.booleans())
def test_every_number_out_of_range_is_refused(pair: tuple[str, Parameter], beyond: int, below: bool) -> None:
    name, parameter = pair
    number = parameter.low - beyond if below else parameter.high + beyond
    assert f"{parameter.name}={number} is out of range" in refusal(name, f"{parameter.name}={number}").detail


def read(parameter: Parameter, text: str) -> Number | Problem:
    try:
        return parameter.read(text)
    except Problem as refused:
        return refused


@given(st.sampled_from(PARAMETERS), st.text(max_size=30) | st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{0,3})?"))
def test_any_text_is_a_number_in_range_or_refused(pair: tuple[str, Parameter], text: str) -> None:
    _, parameter = pair
    outcome = read(parameter, text)
    if isinstance(outcome, Problem):
        assert outcome.status == 422, f"{text!r}: wanted 422, got {outcome.status}"
    else:
        assert parameter.low <= outcome <= parameter.high, f"{text!r} was read as {outcome}, which is out of range"


def test_burning_uses_the_cpu_time_that_was_asked_for() -> None:
    before = time.thread_time()
    workload.burn(30)
    used = time.thread_time() - before
    assert used >= 0.030, f"wanted at least 30 ms of CPU time, got {used * 1000:.1f}"


def test_burning_counts_cpu_time_and_no_other_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([10.0, 10.0, 10.019, 10.021])
    monkeypatch.setattr(workload, "time", SimpleNamespace(thread_time=lambda: next(readings)))
    workload.burn(20)
    assert list(readings) == [], "wanted to burn until the thread had used its 20 ms, and no longer"


def test_blocking_waits_as_long_as_was_asked_and_hardly_uses_the_cpu() -> None:
    clock, cpu = time.monotonic(), time.thread_time()
    workload.block(50)
    waited, used = time.monotonic() - clock, time.thread_time() - cpu
    assert waited >= 0.050, f"wanted a wait of at least 50 ms, got {waited * 1000:.1f}"
    assert used < 0.025, f"wanted a wait, got {used * 1000:.1f} ms of CPU time"


def test_blocking_does_not_use_what_monkey_patching_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    clock = time.monotonic()
    workload.block(20)
    assert (slept, time.monotonic() - clock >= 0.020) == ([], True), "wanted a wait in C, not by time.sleep"


@pytest.mark.parametrize(
    ("last_event_id", "first"),
    [
        *((None, 1), ("", 1), ("0", 1), ("1", 2), ("41", 42), ("007", 8), ("999999999", 1_000_000_000)),
        *(("x", 1), ("-1", 1), ("1.5", 1), (" 1", 1), ("\xb2", 1), ("\u0663", 1), ("1" * 10, 1), ("9" * 5000, 1)),
    ],
)
def test_events_begin_after_the_last_one_seen(last_event_id: str | None, first: int) -> None:
    assert workload.first_event(last_event_id) == first
