"""The heartbeat of an event loop: what it counts, and which line it finds."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.target.usage import Lag
from contender.lag import HELD, PERIOD, Heartbeat, lag


def beaten(folder: Path, held: Callable[[], object]) -> dict[str, Any]:
    """What is counted of a loop that does this, once it has gone on for a while."""

    async def loop() -> None:
        Heartbeat(folder)
        await asyncio.sleep(3 * PERIOD)
        held()
        while (await asyncio.to_thread(lag, [os.getpid()], folder) or {})["beats"] < 6:
            await asyncio.sleep(PERIOD)

    asyncio.run(loop())
    for thread in threading.enumerate():
        if thread.name == "lag":  # it ends when it next looks, and may write its file before
            thread.join()
    found = lag([os.getpid()], folder)
    assert found is not None
    return found


def hold() -> None:
    signal.sigtimedwait([], 5 * HELD)  # in C, with the interpreter's lock released, as a driver does


def compute() -> None:
    end = time.monotonic() + 5 * HELD
    while time.monotonic() < end:
        pass


def test_a_held_loop_is_late_by_every_beat_that_was_due_and_the_line_is_named(tmp_path: Path) -> None:
    for line in (hold, compute):
        found = beaten(tmp_path, line)
        missed = 5 * HELD / PERIOD
        assert found["beats"] >= missed, f"{line.__name__}: {found}"
        # Beats that were due at even distances are late by half of the time on average.
        assert found["late_seconds"] == pytest.approx(missed * 5 * HELD / 2, rel=0.6), f"{line.__name__}: {found}"
        assert found["held"] >= 1, f"{line.__name__}: {found}"
        assert found["held_by"].startswith("tests/unit/test_lag.py:"), f"{line.__name__}: {found}"
        assert found["held_by"].endswith(f" in {line.__name__}"), f"{line.__name__}: {found}"


def test_a_worker_without_a_loop_has_no_lag_and_what_a_dead_one_left_goes(tmp_path: Path) -> None:
    assert lag([os.getpid()], tmp_path) is None
    of_the_dead = tmp_path / "4194305"  # above the largest process id there is
    of_the_dead.write_bytes(bytes(24))
    beaten(tmp_path, lambda: None)
    assert not of_the_dead.exists()


def test_what_came_since_is_a_mean_and_unknown_of_a_worker_that_has_gone() -> None:
    before = Lag(100, 1.0, 1, "app.py:1 in old")
    rows: list[tuple[Lag, dict[str, Any] | None]] = [
        (Lag(120, 1.5, 3, "app.py:2 in new"), {"mean_ms": 25.0, "held": 2, "held_by": "app.py:2 in new"}),
        (Lag(120, 1.0, 1, "app.py:1 in old"), {"mean_ms": 0.0, "held": 0, "held_by": None}),
        (Lag(100, 1.0, 1, "app.py:1 in old"), None),
        (Lag(20, 0.1, 0, None), None),
    ]
    for after, wanted in rows:
        assert after.since(before) == wanted, after
