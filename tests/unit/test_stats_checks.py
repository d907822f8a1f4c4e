"""What makes a point doubtful: each bound from both of its sides, and the worst of each kind."""

from array import array
from collections import Counter
from dataclasses import replace
from typing import Any

from bench.experiments.victim import FAILED, check_background
from bench.loadgen import Load
from bench.loadgen.result import CONNECTIONS
from bench.stats import Measurement, ValidityWarning
from bench.stats.checks import (
    AT_WORK,
    BESIDE,
    BUSY,
    FOREIGN,
    KEPT,
    LATE_MS,
    LATE_SHARE,
    PORTS,
    REOPENED,
    SENT,
    check_drained,
    check_foreign,
    check_load,
    check_ports,
    check_reopened,
    check_responses,
    check_simultaneous,
)
from bench.stats.validity import KINDS, worst_warnings


def milliseconds(value: float, count: int = 1000) -> array[float]:
    return array("d", [value] * count)


OPEN = Load(
    seconds=1,
    requests=1000,
    latencies=milliseconds(10),
    lateness=milliseconds(0.1),
    intended=1000,
    sent=1000,
    cpu=0.2,
    rate=1000,
)
CLOSED = replace(OPEN, rate=None, concurrency=10)
# Ten clients, and each of them sees one time-out of a second inside, and one at each edge.
STUCK = replace(CLOSED, latencies=milliseconds(1000, 30), requests=0, timeouts=30, intended=30, sent=30)
SLOW = replace(CLOSED, latencies=milliseconds(200, 50))

# Of a load, what differs from a good one, and the kinds of doubt that follow.
LOADS: list[tuple[Load, dict[str, Any], list[str]]] = [
    (OPEN, {}, []),
    (CLOSED, {}, []),
    (Load(seconds=1), {}, ["empty"]),
    (OPEN, {"latencies": array("d"), "requests": 0, "errors": Counter(refused=1000)}, []),
    (OPEN, {"lateness": milliseconds(0.1, 980) + milliseconds(LATE_MS * 0.99, 20)}, []),
    (OPEN, {"lateness": milliseconds(0.1, 980) + milliseconds(LATE_MS * 1.01, 20)}, ["generator-late"]),
    (SLOW, {"lateness": milliseconds(200 * LATE_SHARE * 0.9)}, []),
    (SLOW, {"lateness": milliseconds(200 * LATE_SHARE * 1.1)}, ["generator-late"]),
    (CLOSED, {"cpu": BUSY - 0.01}, []),
    (CLOSED, {"cpu": BUSY}, ["generator-cpu"]),
    (OPEN, {"lost": 1}, ["generator-lost"]),
    (OPEN, {"sent": 1000 * SENT}, []),
    (OPEN, {"sent": 1000 * SENT - 1}, ["not-sent"]),
    (OPEN, {"needed": CONNECTIONS}, []),
    (OPEN, {"needed": CONNECTIONS + 1}, ["too-many-connections"]),
    (OPEN, {"errors": Counter({"no local port": 3, "refused": 2})}, ["no-local-port"]),
    (OPEN, {"errors": Counter({"no file descriptor": 1})}, ["no-file-descriptor"]),
    # Little's law. 1000 a second for 10 ms each are ten in flight, and at the window's edge one more hundredth of each.
    (CLOSED, {"latencies": milliseconds(10.09)}, []),
    (CLOSED, {"latencies": milliseconds(10.2)}, ["little"]),
    (CLOSED, {"latencies": milliseconds(10 * AT_WORK)}, []),
    (CLOSED, {"latencies": milliseconds(10 * AT_WORK - 0.1)}, ["queue-growing"]),
    (STUCK, {}, []),
    (STUCK, {"latencies": milliseconds(1000, 31)}, ["little"]),
    (OPEN, {"latencies": milliseconds(10_000)}, []),  # it has no concurrency to contradict
    (CLOSED, {"lateness": milliseconds(99), "cpu": 1, "sent": 1}, ["generator-late", "generator-cpu", "not-sent"]),
]


def test_a_load_is_doubted_beyond_each_bound_and_not_before() -> None:
    for load, changes, wanted in LOADS:
        got = [doubt.kind for doubt in check_load(replace(load, **changes))]
        assert got == wanted, f"{changes}: wanted {wanted}, got {got}"


SINGLE: list[tuple[str, ValidityWarning | None, bool]] = [
    ("not-simultaneous", check_simultaneous([0, 0.5, 1], [5, 5, 50]), False),
    ("not-simultaneous", check_simultaneous([0, 0.5, 1.1], [5, 5, 50]), True),
    ("not-simultaneous", check_simultaneous([0, 2, 4], [40, 40, 400]), False),
    ("not-simultaneous", check_simultaneous([0, 2, 4.1], [40, 40, 400]), True),
    ("not-simultaneous", check_simultaneous([3], []), False),
    ("not-simultaneous", check_simultaneous([], []), False),
    ("foreign-cpu", check_foreign(FOREIGN), False),
    ("foreign-cpu", check_foreign(FOREIGN + 0.01), True),
    ("foreign-cpu", check_foreign(None), False),
    ("not-drained", check_drained(True), False),
    ("not-drained", check_drained(False), True),
    ("drain-unknown", check_drained(None), True),
    ("background-failed", check_background(Load(intended=1000, errors=Counter(refused=int(1000 * FAILED)))), False),
    ("background-failed", check_background(Load(intended=1000, errors=Counter(refused=5), timeouts=6)), True),
    ("ports-short", check_ports(int(1000 * PORTS), 1000, reused=False), False),
    ("ports-short", check_ports(int(1000 * PORTS) + 1, 1000, reused=False), True),
    ("ports-short", check_ports(1000, 1000, reused=True), False),
    ("few-responses", check_responses(10), True),
    ("few-responses", check_responses(999), True),
    ("few-responses", check_responses(1000), False),
    ("few-responses", check_responses(333, repeats=3), True),
    ("few-responses", check_responses(334, repeats=3), False),
    ("few-responses", check_responses(0), False),  # which has another warning: nothing was measured
    ("connections-reopened", check_reopened(KEPT * 64 + BESIDE, 64, 100), False),
    ("connections-reopened", check_reopened(KEPT * 64 + BESIDE + 1, 64, 100), True),
    ("connections-reopened", check_reopened(int(REOPENED * 100_000), 64, 100_000), False),
    ("connections-reopened", check_reopened(int(REOPENED * 100_000) + 1, 64, 100_000), True),
]


def test_whatever_else_is_checked_is_doubted_beyond_its_bound_and_not_before() -> None:
    for number, (kind, doubt, wanted) in enumerate(SINGLE):
        got = None if doubt is None else doubt.kind
        assert got == (kind if wanted else None), f"row {number}: wanted {kind if wanted else None}, got {doubt}"


def test_every_kind_has_a_sentence_with_what_was_seen_and_the_bound() -> None:
    for kind, words in KINDS.items():
        doubt = ValidityWarning(kind, value=0.123, bound=0.456).of("gevent", "direct")
        assert doubt.text.startswith("gevent, bypassing nginx: "), doubt.text
        assert ("{bound" in words.sentence) is ("{value" in words.sentence), f"{kind}: one without the other"
        assert doubt.document().items() >= {"kind": kind, "contender": "gevent", "generator": words.generator}.items()
    made = {doubt.kind for load, changes, _ in LOADS for doubt in check_load(replace(load, **changes))}
    made |= {kind for kind, *_ in SINGLE} | {"process-lost", "too-short"}
    made |= {"few-samples", "samples-off", "samples-lost", "samples-late"}  # of tests/unit/test_profiles.py
    assert made == KINDS.keys(), "wanted every kind made by some check"


def test_the_worst_of_a_kind_is_the_furthest_beyond_its_own_bound() -> None:
    """Not the one with the largest number: bounds differ from point to point, and some are lower bounds."""
    rows: list[tuple[str, list[tuple[float, float]], float]] = [
        ("generator-late", [(30, 20), (9, 1), (40, 39)], 9),
        ("not-sent", [(0.9, 0.999), (0.2, 0.999), (0.99, 0.999)], 0.2),
        ("foreign-cpu", [(0.2, 0.15), (1.0, 0.15), (0.3, 0.15)], 1.0),
        ("no-local-port", [(3, 0), (11, 0), (9, 0)], 11),
        ("queue-growing", [(3, 4), (0, 4), (2, 4)], 0),
    ]
    for kind, figures, wanted in rows:
        [got] = worst_warnings([Measurement("sync", [ValidityWarning(kind, "sync", *each)]) for each in figures])
        assert got["value"] == wanted, f"{kind}: wanted {wanted} of {figures}, got {got}"


def test_doubts_come_once_a_kind_and_contender_with_the_number_of_its_points() -> None:
    late, foreign = (
        ValidityWarning("generator-late", "sync", 2, 1),
        ValidityWarning("foreign-cpu", value=0.5, bound=0.15),
    )
    other = replace(late, contender="gevent", value=7)
    points = [
        Measurement("sync", [late, foreign]),
        Measurement("sync", []),
        Measurement("gevent", [other]),
        Measurement("gevent", []),
    ]
    got = worst_warnings([*points, Measurement("sync", [replace(late, value=3), foreign])])
    assert [(each["kind"], each["contender"], each["value"], each["points"], each["of"]) for each in got] == [
        ("generator-late", "sync", 3, 2, 3),
        ("foreign-cpu", None, 0.5, 2, 5),
        ("generator-late", "gevent", 7, 1, 2),
    ]
    assert worst_warnings([]) == []
