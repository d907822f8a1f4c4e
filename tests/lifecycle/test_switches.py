"""What is broken on purpose breaks as its lesson says, is named in the result, and leaves its line in a log."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Lock
from typing import Any

import pytest

from tests.e2e.lab import answers_soon
from tests.e2e.queue import finished
from tests.lessons.course import Run, runs
from tests.lifecycle.engine import container, until_healthy, variant_container
from tests.lifecycle.parallel import for_each, side_by_side

BROKEN = [run for run in runs() if run.switches]
CONTENDERS = sorted({name for run in BROKEN for name in run.preset["contenders"]})
LOGS = {
    "silent-worker/1": "WORKER TIMEOUT",
    "out-of-memory/1": "was sent SIGKILL! Perhaps out of memory",
    "replaced-workers/1": "Autorestarting worker after current request",
}

UVICORN = {"KEEPALIVE_SECONDS": "UVICORN_TIMEOUT_KEEP_ALIVE"}  # as compose.yaml hands them on


@pytest.fixture
def originals_stopped() -> Iterator[None]:
    """Those in whose place others are started, all at once."""
    try:
        for_each(lambda name: container(name).stop(), *CONTENDERS)
        yield
    finally:
        for_each(start, *CONTENDERS)


def start(contender: str) -> None:
    with until_healthy(contender):
        container(contender).start()
    answers_soon(f"/{contender}/hello", lambda response: response.status_code == 200)


@contextmanager
def broken(contender: str, run: Run) -> Iterator[Any]:
    """One with the run's settings in the place of the contender."""
    name, settings = f"{contender}-{run.name.partition('/')[0]}", run.switches or {}
    handed_on = settings | {UVICORN[key]: value for key, value in settings.items() if key in UVICORN}
    with variant_container(contender, name, handed_on, alias=contender, **limits(settings)) as made:
        answers_soon(f"/{contender}/hello", lambda response: response.status_code == 200)
        yield made


def limits(settings: dict[str, str]) -> dict[str, Any]:
    """Of the engine's, for the settings that are not the server's; as much swap as memory is none."""
    if "CONTENDER_MEMORY" not in settings:
        return {}
    size = int(settings["CONTENDER_MEMORY"].removesuffix("M")) * 1024 * 1024
    return {"Memory": size, "MemorySwap": size}


def test_what_a_lesson_about_a_bad_setting_claims_shows(originals_stopped: None) -> None:
    """The bench measures one run at a time. Meanwhile other contenders are made ready for theirs.

    That each run shows nothing once it is mended, is in tests/lessons.
    """
    places, measuring = {name: Lock() for name in CONTENDERS}, Lock()

    def check(run: Run) -> None:
        with ExitStack() as stack:
            for name in sorted(run.preset["contenders"]):  # in one order, or two would wait for each other
                stack.enter_context(places[name])
            made = [stack.enter_context(broken(name, run)) for name in run.preset["contenders"]]
            with measuring:
                found = finished(run.order)
            shows(run, found, "".join(each.logs().decode() for each in made))

    side_by_side({run.name: partial(check, run) for run in BROKEN})


def shows(run: Run, found: dict[str, Any], logs: str) -> None:
    (claim,) = (data for kind, data in found["notices"] if kind == "lesson")
    assert claim["holds"], claim["text"]
    assert LOGS.get(run.name, "") in logs, logs
    texts = [data["text"] for kind, data in found["notices"] if kind == "switched"]
    wanted = [f"{name}={value}" for name, value in (run.switches or {}).items()]
    assert [re.findall(r"[A-Z_]+=\w+", text) for text in texts] == [[each] for each in wanted], texts
