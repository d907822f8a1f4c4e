"""The OpenAPI document is true of the service: schemathesis asks for everything that it promises, through nginx."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.lab import URL, answered, get

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")

# Examples are per operation and phase; the coverage phase sends some thousands of its own beside. Half a minute, unless
# somebody explores (scripts/explore). Without a seed they are the same each time, but for the ids of runs: those it
# takes from answers, so whether a request meets a run is left to chance.
SEED = os.environ.get("SEED")
CASES = ["--seed", SEED, "--max-examples", "100"] if SEED else ["--generation-deterministic", "--max-examples", "10"]
HOOKED = os.environ | {"SCHEMATHESIS_HOOKS": str(CONFIGURATION.with_name("schemathesis_hooks.py"))}


def test_the_document_is_openapi_3_1_below_the_mount_prefix() -> None:
    document = answered(get("/starlette/openapi.json"), 200, "application/json").json()
    assert document["openapi"].startswith("3.1.")
    assert document["servers"] == [{"url": f"{URL}/starlette"}]


@pytest.mark.usefixtures("held_queue")
def test_schemathesis_finds_nothing() -> None:
    """All checks, with links between operations."""
    command = ["schemathesis", "--config-file", str(CONFIGURATION), "run", f"{URL}/starlette/openapi.json"]
    command += ["--checks", "all", "--no-color", *CASES]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/tmp", env=HOOKED)
    named = sorted(set(re.findall(r"- (ST\d+ .*)", found.stdout))) or found.stdout[-100:].strip("= \n")
    assert found.returncode == 0, f"it found {named}\n{found.stdout}{found.stderr}"
