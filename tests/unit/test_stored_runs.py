"""Runs that tests share: made once by one call of pytest, and never those of another one."""

from typing import Any

import pytest

from tests import stored_runs
from tests.stored_runs import SHARED, Order, stored

RACE: Order = {"experiment": "race", "params": {"workload": "hello"}, "contenders": ["sync"]}


def test_a_run_is_made_once_for_all_tests_of_a_call_and_again_by_another_call(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Order] = []

    def queued(order: Order) -> str:
        kept.append(order)
        return f"/starlette/runs/{len(kept) - 1}"

    def listed(tag: str) -> list[dict[str, Any]]:
        return [{"id": number} for number, order in enumerate(kept) if tag in order["tags"]]

    monkeypatch.setattr(stored_runs, "queued", queued)
    monkeypatch.setattr(stored_runs, "_listed", listed)
    monkeypatch.setattr(stored_runs, "ended", lambda path: {"path": path})
    other = RACE | {"contenders": ["gevent"]}
    for session, order, wanted in (
        ("one", RACE, "0"),
        ("one", RACE, "0"),
        ("one", other, "1"),
        ("two", RACE, "2"),
        ("one", RACE, "0"),
    ):
        monkeypatch.setattr(stored_runs, "SESSION", session)
        assert stored(order) == {"path": f"/starlette/runs/{wanted}"}, f"{session}: {order}"
    assert all(len(tag) <= 64 for order in kept for tag in order["tags"]), "wanted what the records take as a tag"
    assert all(SHARED in order["tags"] for order in kept), "wanted each found again to be deleted"
