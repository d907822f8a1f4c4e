"""What the tests of runs request from the store, and how many examples a property of it is worth."""

from typing import Any

from hypothesis import HealthCheck, settings

from rest.models import NewRun, RunPatch, new_run

# One database serves all examples of a property: each has a tag of its own (drawn ones would be drawn again).
few = settings(max_examples=settings().max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])


def run_request(**members: Any) -> NewRun:
    return new_run({"experiment": "race"} | members)


def patch(**members: Any) -> RunPatch:
    return RunPatch.model_validate(members)
