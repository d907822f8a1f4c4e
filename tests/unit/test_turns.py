"""Whose turn it is, of tests side by side."""

import fcntl
from pathlib import Path
from typing import IO

import pytest

from tests import turns
from tests.turns import IN_LAB, LAB, group_of, turn

LOCK = fcntl.flock


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who would have to wait fails instead."""

    def flock(file: IO[str], operation: int) -> None:
        LOCK(file, operation | fcntl.LOCK_NB)

    monkeypatch.setattr(turns, "_LOCKS", tmp_path)
    monkeypatch.setattr(fcntl, "flock", flock)


def waits(*services: str, alone: bool) -> bool:
    try:
        with turn(*services, alone=alone):
            return False
    except BlockingIOError:
        return True


def test_a_service_is_shared_or_for_one_alone() -> None:
    for first, second, wanted in ((False, False, False), (False, True, True), (True, False, True), (True, True, True)):
        with turn("gevent", "sync", alone=first):
            assert waits("sync", "uvicorn", alone=second) is wanted, f"alone: {first}, then {second}"
            assert not waits("uvicorn", alone=second), "wanted other services free"
        assert not waits("gevent", "sync", alone=True), "wanted its end"


def test_nobody_passes_a_test_that_waits_to_be_alone() -> None:
    with turn("sync", alone=False), turns._locked("next-sync", fcntl.LOCK_EX):
        assert waits("sync", alone=False)


def test_a_test_s_group_is_in_its_id() -> None:
    assert LAB.args == ("beside_others", [IN_LAB])
    for name, wanted in (
        ("tests/e2e/test_bench.py::test_race[group:lab]", IN_LAB),
        ("tests/e2e/test_mount.py::test_upload[gunicorn-asgi-group:uploads]", "group:uploads"),
        ("tests/browser/test_learn.py::test_lesson[group:lab-one-request]", IN_LAB),
        ("tests/browser/test_access.py::test_view[lab]", None),
        ("tests/e2e/test_docs.py::test_page", None),
    ):
        assert group_of(name) == wanted, name
