"""Each lesson's run, as its page starts it, and whether what the lesson says shows on this machine.

Those that break a setting on purpose are in tests/lifecycle/test_switches.py; here are the same ones, mended. Those on
the slots of a preset are in tests/own/test_presets.py, those that a script makes in tests/profile, and those of a lab
with OBSERVE in tests/observe/test_lessons.py.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.lab import ask
from tests.e2e.queue import ended, nobody_before, queued
from tests.lessons.course import Run, runs

RUNS = [run for run in runs() if run.switches is None and run.is_plain]
MENDED = [run for run in runs() if run.switches == {}]
# With these a response takes as long as the cores let it: such runs need a machine that does nothing else.
COMPUTING = ("cpu", "mix", "hello")
# Of a mended run: enough for two pauses between its bursts, in each of which the broken one loses requests.
SECONDS = 3


def order_of(run: Run) -> dict[str, Any]:
    """What is queued for it: a mended run lasts SECONDS at most."""
    params = run.preset["params"]
    shorter = {"seconds": min(params["seconds"], SECONDS)} if run in MENDED and "seconds" in params else {}
    return run.order | {"params": params | shorter}


@pytest.fixture(scope="session")
def paths(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Of each lesson that is tested, its run: all are queued at once, so that the bench never waits for a test."""
    tested = [item.callspec.params["run"] for item in request.session.items if "paths" in item.fixturenames]  # type: ignore[attr-defined]
    made: dict[str, str] = {}
    try:
        for run in tested:
            made[run.name] = queued(order_of(run))
        nobody_before(made[tested[0].name])
        yield made
    finally:
        for path in made.values():
            ask("DELETE", path)


def marked(run: Run) -> Any:
    marks = [pytest.mark.computing] if run.preset["params"].get("workload") in COMPUTING else []
    return pytest.param(run, id=run.name, marks=marks)


@pytest.mark.parametrize("run", [marked(run) for run in (*RUNS, *MENDED)])
def test_what_a_lesson_claims_shows(run: Run, paths: dict[str, str]) -> None:
    found = ended(paths[run.name])
    (claim,) = (data for kind, data in found["notices"] if kind == "lesson")
    assert claim["holds"], f"{run.name}: {claim['text']}"
    assert "switched" not in {kind for kind, _ in found["notices"]}, f"{run.name}: {found['notices']}"
