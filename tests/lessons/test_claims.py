"""Each lesson's run, as its page starts it, and whether what the lesson says shows on this machine.

Those that break a setting on purpose are in tests/lifecycle/test_switches.py.
"""

from collections.abc import Iterator

import pytest

from tests.e2e.lab import ask
from tests.e2e.queue import ended, nobody_before, queued
from tests.lessons.course import Run, runs

RUNS = [run for run in runs() if run.switches is None]


@pytest.fixture(scope="session")
def paths(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Of each lesson that is tested, its run: all are queued at once, so that the bench never waits for a test."""
    tested = [item.callspec.params["run"] for item in request.session.items if "paths" in item.fixturenames]  # type: ignore[attr-defined]
    made: dict[str, str] = {}
    try:
        for run in tested:
            made[run.name] = queued(run.order)
        nobody_before(made[tested[0].name])
        yield made
    finally:
        for path in made.values():
            ask("DELETE", path)


@pytest.mark.parametrize("run", RUNS, ids=[run.name for run in RUNS])
def test_what_a_lesson_claims_shows(run: Run, paths: dict[str, str]) -> None:
    (claim,) = (data for kind, data in ended(paths[run.name])["notices"] if kind == "lesson")
    assert claim["holds"], f"{run.name}: {claim['text']}"
