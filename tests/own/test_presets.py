"""The slots of a preset (`scripts/ab --preset parser`): they are its two sides, and its lesson's claim shows there."""

import json
from typing import Any

import pytest

from tests.contract.project import ROOT
from tests.e2e.lab import answered, get
from tests.e2e.queue import finished
from tests.lessons.course import runs

PLACE = ".well-known/serverlab"
PRESETS = {each["name"]: each for each in json.loads((ROOT / "services/presets.json").read_text("utf-8"))}


def slot(name: str) -> dict[str, Any]:
    found: dict[str, Any] = answered(get(f"/{name}/{PLACE}/usage"), 200).json()["slot"]
    return found


def test_both_slots_are_the_preset_s() -> None:
    preset = PRESETS[slot("a")["preset"]]
    for name in ("a", "b"):
        found = slot(name)
        assert (found["preset"], found["base"]) == (preset["name"], preset[name].split()[0]), found
        written = [each.removeprefix("env.").partition("=") for each in preset[name].split()[1:]]
        assert len(found["settings"]) == len(written), f"{name} is {found}, wanted {preset[name]}"
    gil = {name: slot(name).get("python", "") for name in ("a", "b")}
    if preset["name"] == "gil":
        assert [each.rpartition(", ")[2] for each in gil.values()] == ["GIL on", "GIL off"], gil


def test_what_the_lesson_of_the_preset_claims_shows() -> None:
    """By nginx, as its page runs it."""
    preset = slot("a")["preset"]
    lessons = [run for run in runs() if run.slots == preset]
    if not lessons:
        pytest.skip(f"no lesson is about {preset}")
    for run in lessons:
        found = finished(run.order)
        (claim,) = (data for kind, data in found["notices"] if kind == "lesson")
        assert claim["holds"], f"{run.name}: {claim['text']}"
