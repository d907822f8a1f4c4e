"""Each lesson's run, as its page starts it, and whether what the lesson says shows on this machine."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.queue import finished

LESSONS = Path(__file__).parents[2] / "services" / "lessons"


def runs() -> list[tuple[str, dict[str, Any]]]:
    """The tag of each run, and what is queued for it."""
    found = []
    for path in sorted(LESSONS.glob("[0-9]*.md")):
        name = path.stem.partition("-")[2]
        (presets,) = re.findall(r"^runs: (.*)$", path.read_text("utf-8"), re.MULTILINE)
        found += [(f"{name}/{number}", preset) for number, preset in enumerate(json.loads(presets), 1)]
    return found


@pytest.mark.parametrize(("name", "preset"), runs(), ids=[name for name, _ in runs()])
def test_what_a_lesson_claims_shows(name: str, preset: dict[str, Any]) -> None:
    run = finished(preset | {"tags": [f"lesson:{name}"]})
    (claim,) = (data for kind, data in run["notices"] if kind == "lesson")
    assert claim["holds"], f"{name}: {claim['text']}"
