"""Each lesson's run, as its page starts it, and whether what the lesson says shows on this machine.

Those that break a setting on purpose are in tests/lifecycle/test_switches.py.
"""

import pytest

from tests.e2e.queue import finished
from tests.lessons.course import Run, runs

RUNS = [run for run in runs() if run.switches is None]


@pytest.mark.parametrize("run", RUNS, ids=[run.name for run in RUNS])
def test_what_a_lesson_claims_shows(run: Run) -> None:
    (claim,) = (data for kind, data in finished(run.order)["notices"] if kind == "lesson")
    assert claim["holds"], f"{run.name}: {claim['text']}"
