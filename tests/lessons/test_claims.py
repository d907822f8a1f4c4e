"""Each lesson's run, as its page starts it, and whether what the lesson says shows on this machine.

Those that break a setting on purpose are in tests/lifecycle/test_switches.py; here are the same ones, mended.
"""

from typing import Any

import pytest

from tests.e2e.queue import finished
from tests.lessons.course import Run, runs

RUNS = [run for run in runs() if run.switches is None]
MENDED = [run for run in runs() if run.switches == {}]
# Of a mended run: enough for two pauses between its bursts, in each of which the broken one loses requests.
SECONDS = 3


def claim_of(found: dict[str, Any]) -> dict[str, Any]:
    claims: list[dict[str, Any]] = [data for kind, data in found["notices"] if kind == "lesson"]
    (claim,) = claims
    return claim


@pytest.mark.parametrize("run", RUNS, ids=[run.name for run in RUNS])
def test_what_a_lesson_claims_shows(run: Run) -> None:
    claim = claim_of(finished(run.order))
    assert claim["holds"], f"{run.name}: {claim['text']}"


@pytest.mark.parametrize("run", MENDED, ids=[run.name for run in MENDED])
def test_what_a_bad_setting_cost_is_gone_when_it_is_mended(run: Run) -> None:
    params = run.preset["params"]
    shorter = {"seconds": min(params["seconds"], SECONDS)} if "seconds" in params else {}
    found = finished(run.order | {"params": params | shorter})
    claim = claim_of(found)
    assert claim["holds"], f"{run.name}: {claim['text']}"
    assert "switched" not in {kind for kind, _ in found["notices"]}, f"{run.name}: {found['notices']}"
