"""What a drill counts as lost, and when a target has recovered."""

import pytest

from drills.traffic import CALM, RATE, SLOW, Answer, lost, recovery

USUAL = 0.05


def answers(count: int, since: float = 0.0, seconds: float = USUAL, error: str | None = None) -> list[Answer]:
    return [Answer(since + number / RATE, since + number / RATE + seconds, error) for number in range(count)]


RECOVERIES = {
    "nothing noticed": (answers(CALM), 0.0),
    "not enough to tell": (answers(CALM - 1), None),
    "one lost": ([*answers(1, error="status 502"), *answers(CALM, 1 / RATE)], 1 / RATE),
    "one slow": ([*answers(1, seconds=USUAL + SLOW + 0.01), *answers(CALM, 1 / RATE)], 1 / RATE),
    "one lost late": ([*answers(CALM - 1), *answers(1, 0.95, error="closed"), *answers(CALM, 1.0)], 1.0),
    "one lost after a calm second": ([*answers(CALM), *answers(1, 1.0, error="closed"), *answers(CALM, 1.05)], 1.05),
    "and not yet calm again": ([*answers(CALM), *answers(1, 1.0, error="closed"), *answers(3, 1.05)], None),
    "one not answered yet": ([*answers(5), *answers(CALM, 6 / RATE)], 6 / RATE),
    "never": (answers(100, error="timeout"), None),
    "what was due before": ([*answers(5, -1.0, error="closed"), *answers(CALM)], 0.0),
}


@pytest.mark.parametrize("what", RECOVERIES)
def test_it_has_recovered_with_a_second_of_answers_as_before(what: str) -> None:
    samples, wanted = RECOVERIES[what]
    assert recovery(samples, 0.0, USUAL) == (None if wanted is None else pytest.approx(wanted))


def test_whatever_is_no_right_answer_is_lost() -> None:
    assert lost([*answers(3), *answers(1, error="timeout"), *answers(1, error="status 503")]) == 2
