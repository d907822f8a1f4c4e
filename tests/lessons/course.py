"""The lessons as their files have them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LESSONS = Path(__file__).parents[2] / "services" / "lessons"


@dataclass(frozen=True, slots=True)
class Run:
    name: str  # of the lesson, and the run's number in it: one-request/1
    preset: dict[str, Any]  # what is queued for it
    switches: dict[str, str] | None  # the lab's settings while it runs; None of a lesson that leaves them alone
    slots: str | None = None  # the preset of scripts/ab whose slots it runs on
    script: str | None = None  # which makes it, as it cannot be queued
    observe: str | None = None  # the lab's OBSERVE, without which it shows nothing

    @property
    def is_plain(self) -> bool:
        """The lab as it is can run it, whatever its settings."""
        return not (self.slots or self.script or self.observe)

    @property
    def order(self) -> dict[str, Any]:
        return self.preset | {"tags": [f"lesson:{self.name}"]}


def facts(path: Path) -> dict[str, Any]:
    """What stands before the text: a line each, of which the value is JSON."""
    front = path.read_text("utf-8").split("---\n")[1]
    return {key: json.loads(value) for key, _, value in (line.partition(": ") for line in front.splitlines())}


def name_of(path: Path) -> str:
    return path.stem.partition("-")[2]


def runs() -> list[Run]:
    found = []
    for path in sorted(LESSONS.glob("[0-9]*.md")):
        headers, name = facts(path), name_of(path)
        presets = headers["runs"]
        switches = headers.get("switches", [None] * len(presets))
        slots = headers.get("preset", [None] * len(presets))
        each = enumerate(zip(presets, switches, slots, strict=True), 1)
        beside = headers.get("script"), headers.get("observe")
        found += [Run(f"{name}/{number}", *of_run, *beside) for number, of_run in each]
    return found
