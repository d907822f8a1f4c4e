"""What is broken on purpose breaks as its lesson says, is told, leaves its line in a log, and is mended."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tests.e2e.lab import answers_soon
from tests.e2e.queue import finished
from tests.lessons.course import Run, runs
from tests.lifecycle.engine import apart, container, until_healthy

RUNS = [run for run in runs() if run.switches is not None]
LOGS = {
    "silent-worker/1": "WORKER TIMEOUT",
    "out-of-memory/1": "was sent SIGKILL! Perhaps out of memory",
    "replaced-workers/1": "Autorestarting worker after current request",
}

UVICORN = {"KEEPALIVE_SECONDS": "UVICORN_TIMEOUT_KEEP_ALIVE"}  # as compose.yaml hands them on


@contextmanager
def switched(service: str, settings: dict[str, str]) -> Iterator[Any]:
    """One with other settings in the place of the contender."""
    original = container(service)
    original.stop()
    try:
        with apart(service, f"{service}-switched", settings, alias=service, **limits(settings)) as made:
            answers_soon(f"/{service}/hello", lambda response: response.status_code == 200)
            yield made
    finally:
        with until_healthy(service):
            original.start()
        answers_soon(f"/{service}/hello", lambda response: response.status_code == 200)


def limits(settings: dict[str, str]) -> dict[str, Any]:
    """Of the engine's, for the settings that are not the server's; as much swap as memory is none."""
    if "CONTENDER_MEMORY" not in settings:
        return {}
    size = int(settings["CONTENDER_MEMORY"].removesuffix("M")) * 1024 * 1024
    return {"Memory": size, "MemorySwap": size}


@pytest.mark.parametrize("run", RUNS, ids=[run.name for run in RUNS])
def test_what_a_lesson_about_a_bad_setting_claims_shows(run: Run) -> None:
    assert run.switches is not None
    settings = run.switches | {UVICORN[name]: value for name, value in run.switches.items() if name in UVICORN}
    logs = ""
    with ExitStack() as stack:
        if run.switches:
            made = [stack.enter_context(switched(each, settings)) for each in run.preset["contenders"]]
        found = finished(run.order)
        if run.switches:
            logs = "".join(each.logs().decode() for each in made)
    (claim,) = (data for kind, data in found["notices"] if kind == "lesson")
    assert claim["holds"], f"{run.name}: {claim['text']}"
    assert LOGS.get(run.name, "") in logs, f"{run.name}: {logs}"
    told = [data["text"] for kind, data in found["notices"] if kind == "switched"]
    wanted = [f"{name}={value}" for name, value in run.switches.items()]
    assert [re.findall(r"[A-Z_]+=\w+", text) for text in told] == [[each] for each in wanted], told
