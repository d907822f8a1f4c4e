"""The claim on a run, found by its tag `lesson:<name>/<number>`: services/lessons has the lessons themselves."""

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import bench.lessons.claims
from bench.lessons.claim import Claim, ClaimResult, Notices, Params, Rows

TAG = "lesson:"


def check_claim(tags: Iterable[str], params: Params, rows: Rows, notices: Notices) -> dict[str, Any] | None:
    """Of a lesson's run: its name, whether its claim holds, and what was seen; None of any other.

    A claim does not hold where the run is not the lesson's own any more: somebody has left out a contender.
    """
    name = next((tag.removeprefix(TAG) for tag in tags if tag.startswith(TAG)), None)
    claim = None if name is None else _claim(name)
    if claim is None:
        return None
    try:
        shown = claim(params, rows, notices)
    except LookupError, StopIteration, TypeError, ValueError, ZeroDivisionError:
        shown = ClaimResult(False, "Too few responses to judge: check the errors.")
    return {"lesson": name, "holds": shown.holds, "text": shown.text}


def _claim(name: str) -> Claim | None:
    lesson, _, number = name.partition("/")
    if lesson not in _lessons():  # a tag is anybody's text, and nothing to import by
        return None
    return dict(_numbered(lesson)).get(f"{lesson}/{number}")


def claims() -> dict[str, Claim]:
    """All of them, by lesson and number."""
    return {name: claim for lesson in _lessons() for name, claim in _numbered(lesson)}


def _lessons() -> list[str]:
    return [each.name.replace("_", "-") for each in pkgutil.iter_modules(bench.lessons.claims.__path__)]


def _numbered(lesson: str) -> list[tuple[str, Claim]]:
    module = import_module(f"{bench.lessons.claims.__name__}.{lesson.replace('-', '_')}")
    return [(f"{lesson}/{number}", claim) for number, claim in enumerate(module.CLAIMS, 1)]
