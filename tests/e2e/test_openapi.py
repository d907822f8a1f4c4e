"""The OpenAPI document is true of the service: schemathesis asks for everything that it promises, through nginx."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.lab import URL, answered, get
from tests.turns import LAB

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")

# Without a seed the examples are the same each time, but for the ids of runs: those it takes from answers, so whether a
# request meets a run is left to chance. The coverage phase, thousands of requests at the edges of each schema, and more
# examples are for who explores (scripts/explore).
SEED = os.environ.get("SEED")
FEW = ["--generation-deterministic", "--max-examples", "5", "--phases", "examples,fuzzing,stateful"]
CASES = ["--seed", SEED, "--max-examples", "100"] if SEED else FEW
HOOKED = os.environ | {"SCHEMATHESIS_HOOKS": str(CONFIGURATION.with_name("schemathesis_hooks.py"))}


def test_the_document_is_openapi_3_1_below_the_mount_prefix() -> None:
    document = answered(get("/starlette/openapi.json"), 200, "application/json").json()
    assert document["openapi"].startswith("3.1.")
    assert document["servers"] == [{"url": f"{URL}/starlette"}]


@LAB
@pytest.mark.usefixtures("held_queue")
def test_schemathesis_finds_nothing() -> None:
    """All checks, with links between operations."""
    command = ["schemathesis", "--config-file", str(CONFIGURATION), "run", f"{URL}/starlette/openapi.json"]
    command += ["--checks", "all", "--no-color", *CASES]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/tmp", env=HOOKED)
    named = sorted(set(re.findall(r"- (ST\d+ .*)", found.stdout))) or found.stdout[-100:].strip("= \n")
    assert found.returncode == 0, f"it found {named}\n{found.stdout}{found.stderr}"
