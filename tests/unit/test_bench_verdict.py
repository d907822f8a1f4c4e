"""The verdict on a run: noisy beyond the bound, limited by the generator, and each kind of doubt once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.messages import Message, Noticed
from bench.scenarios.point import Measured
from bench.scenarios.report import Report
from bench.scenarios.verdict import ADVICE, Figure, middle, summed_up, throughput, verdict
from bench.stats import NOISY, Doubt
from experiments.samples import PointSample
from tests.unit.bench_rows import nothing_answered, point_row


def measured(rps: float = 100, *doubts: Doubt, point: float = 8, contender: str = "sync", p50: float = 9) -> Measured:
    row = PointSample(**point_row(point, contender=contender, rps=rps, p50_ms=p50))
    return Measured(row, list(doubts))


def said(points: list[Measured], figure: Figure | None = throughput) -> dict[str, object]:
    """The verdict, which is told as a notice and kept for the run's environment."""
    told: list[Message] = []
    report = Report(told.append)
    verdict(points, report, figure)
    assert told == [Noticed("verdict", report.noise or {})]
    return report.noise or {}


def test_repeats_that_agree_are_not_noisy() -> None:
    assert said([measured(100), measured(104), measured(98)]) == {
        "figure": "requests a second",
        "noisy": False,
        "spread_pct": 6.0,
        "bound_pct": 100 * NOISY,
        "repeats": 3,
        "generator_limited": False,
        "doubts": [],
        "advice": [],
    }


@pytest.mark.parametrize(("highest", "noisy"), [(115, False), (116, True)])
def test_the_bound_is_the_last_that_is_not_noisy(highest: float, noisy: bool) -> None:
    got = said([measured(100), measured(100), measured(highest)])
    assert (got["noisy"], got["advice"]) == (noisy, [ADVICE["noisy"]] if noisy else [])


def test_repeats_are_compared_at_their_own_point_and_contender_only() -> None:
    points = [measured(rps, point=point, contender=name) for name, point, rps in (
        ("sync", 1, 10), ("sync", 2, 20), ("gevent", 1, 500), ("sync", 1, 10), ("sync", 2, 22), ("gevent", 1, 500)
    )]  # fmt: skip
    got = said(points)
    assert (got["repeats"], got["spread_pct"]) == (2, pytest.approx(100 * 2 / 21, abs=0.05))


def test_the_worst_of_the_points_is_what_is_said() -> None:
    calm, wild = [measured(100, point=1) for _ in range(3)], [measured(rps, point=2) for rps in (50, 100, 150)]
    assert said([*wild, *calm])["spread_pct"] == said([*calm, *wild])["spread_pct"] == 100


def test_one_repeat_has_no_spread_to_speak_of() -> None:
    got = said([measured(100, point=1), measured(900, point=2)])
    assert (got["spread_pct"], got["noisy"], got["repeats"]) == (None, False, 1)


def test_where_no_two_points_are_meant_to_be_alike_there_is_no_spread() -> None:
    got = said([measured(100), measured(900)], None)
    assert (got["spread_pct"], got["noisy"], got["repeats"]) == (None, False, 0)


def test_an_open_loop_is_judged_by_its_middle_and_not_by_the_rate_that_it_was_given() -> None:
    points = [measured(100, p50=p50) for p50 in (10, 10, 20)]
    assert (said(points)["noisy"], said(points, middle)["noisy"]) == (False, True)


def test_a_point_that_nothing_answered_has_no_middle_and_does_not_count() -> None:
    nothing = Measured(PointSample(**nothing_answered(8)), [])
    got = said([nothing, measured(), measured()], middle)
    assert (got["repeats"], got["spread_pct"]) == (2, 0)


def test_nothing_measured_has_a_verdict_too() -> None:
    assert said([])["noisy"] is False


def test_a_generator_that_was_the_limit_is_told_with_what_would_help() -> None:
    late = Doubt("sent late", generator=True)
    got = said([measured(100), measured(100, Doubt("not drained")), measured(100, late)])
    assert (got["generator_limited"], got["advice"]) == (True, [ADVICE["generator"]])
    assert got["doubts"] == ["1 of 3 points: not drained", "1 of 3 points: sent late"]


# --- doubts in short --------------------------------------------------------------------------------------


def test_doubts_that_differ_in_their_figures_only_are_one_kind() -> None:
    texts = ["foreign CPU 17.5 %", "foreign CPU 1,022 %", "late by 3 ms", "foreign CPU 9 %"]
    points = [measured(100, Doubt(text)) for text in texts] + [measured()]
    assert summed_up(points) == ["3 of 5 points: foreign CPU 17.5 %", "1 of 5 points: late by 3 ms"]


@given(st.lists(st.lists(st.sampled_from(["late by {} ms", "busy {} %", "not drained"]), max_size=3, unique=True)))
def test_doubts_in_short_are_each_kind_once_with_the_number_of_its_points(kinds: list[list[str]]) -> None:
    points = [
        measured(100, *(Doubt(text.format(number + 0.5)) for text in texts)) for number, texts in enumerate(kinds)
    ]
    every = [text for texts in kinds for text in texts]
    wanted = {kind: every.count(kind) for kind in every}
    got = summed_up(points)
    assert [int(text.split()[0]) for text in got] == list(wanted.values())
    assert len(got) == len(wanted)
