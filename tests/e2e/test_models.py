"""What the lab is for: how many requests one process carries at once, and who waits for whom."""

import itertools
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.lab import NAMES, UP, WORKERS, answered, get, process
from tests.turns import LAB

# What overlaps in a process is counted: no other test may be at work there.
pytestmark = pytest.mark.usefixtures("alone")

Row = dict[str, Any]


def row(path: str) -> Row:
    """One answer, with the seconds that the client waited for it."""
    before = time.monotonic()
    answer: Row = answered(get(path), 200).json()
    return answer | {"waited": time.monotonic() - before}


def at_once(count: int, path: str) -> list[Row]:
    with ThreadPoolExecutor(count) as clients:
        return list(clients.map(row, [path] * count))


def most_at_once(rows: Iterable[Row]) -> int:
    """The most requests that a single process had between their start and their end."""
    rows = list(rows)
    return max(sum(_had(other, each) for other in rows) for each in rows)


def _had(other: Row, each: Row) -> bool:
    """Whether the process that began `each` had `other` under way just then."""
    return bool(process(other) == process(each) and other["started"] <= each["started"] < other["finished"])


ROUNDS = 4


@LAB
def test_concurrent_waits_take_rounds_under_sync_and_one_round_elsewhere() -> None:
    """Counted in waits as they were asked for: a measured one is longer now and then, on a busy machine.

    All contenders beside each other, as nobody has anything to do but wait.
    """
    with ThreadPoolExecutor(len(NAMES)) as each:
        found = dict(zip(NAMES, each.map(waited, NAMES), strict=True))
    for contender, (took, rows) in found.items():
        least, most = (ROUNDS, 1.5 * ROUNDS) if contender == "sync" else (1, 2)
        assert least <= took <= most, f"{contender}: {len(rows)} waits at once took {took:.2f} times one"
        processes = Counter(host for host, _ in {process(each) for each in rows})
        assert max(processes.values()) <= WORKERS, f"{contender}: more than {WORKERS} processes: {processes}"


def waited(contender: str) -> tuple[float, list[Row]]:
    """How many times one wait that took, and its answers; the longer it is, the less a pause of the machine weighs."""
    ms, began = 300 if contender == "sync" else 1000, time.monotonic()
    rows = at_once(ROUNDS * WORKERS, f"/{contender}/io?ms={ms}")
    return (time.monotonic() - began) * 1000 / ms, rows


def test_a_wait_yields_in_green_threads_and_event_loops_and_not_under_sync(contender: str) -> None:
    """`time.sleep` is the same line under sync, gevent and eventlet; the worker decides what it does."""
    most = most_at_once(at_once(4 * WORKERS, f"/{contender}/io?ms=300"))
    assert most == 1 if contender == "sync" else most > 1, f"{most} at once in one process"


def test_a_block_and_a_computation_yield_nowhere_but_between_threads(contender: str) -> None:
    """Threads go on while one waits in C, and the interpreter has them take turns at computing."""
    for workload in ("block", "cpu"):
        most = most_at_once(at_once(4 * WORKERS, f"/{contender}/{workload}?ms=50"))
        assert most > 1 if contender == "gthread" else most == 1, f"/{workload}: {most} at once in one process"


THREADS = 8  # of each of gthread's workers, see compose.yaml
ANYIO = 40


@LAB
def test_as_many_blocking_calls_wait_side_by_side_as_there_are_threads_for_them() -> None:
    """100 at once. What a model hands them to has so many threads a process; an executor has CPUs + 4."""
    for row in UP:
        threads = THREADS if row["name"] == "gthread" else ANYIO if row["codebase"] == "frameworks" else None
        if row["codebase"] == "asgi":
            threads = len(get(f"/{row['name']}/usage").json()["cpuset"]) + 4
        if threads is not None:
            ms = 25 * threads  # the more there are, the longer a busy machine takes until all have something to do
            rows = at_once(100, f"/{row['name']}/pool?ms={ms}")
            # The thread is free when the call ends; `finished` is when the event loop has heard of it.
            most = most_at_once(each | {"finished": each["started"] + 0.95 * ms / 1000} for each in rows)
            # Of 100 an even share is 50 a process: enough for each of these.
            assert threads * 0.9 <= most <= threads, f"{row['name']}: {most} at once in a process of {threads} threads"


def both_waited(one: Row, other: Row) -> bool:
    return bool(one["started"] < other["finished"] and other["started"] < one["finished"])


def test_lanes_are_small_numbers_and_never_shared(contender: str) -> None:
    rows = at_once(4 * WORKERS, f"/{contender}/io?ms=200")
    for one, other in itertools.combinations(rows, 2):
        if (process(one), one["lane"]) == (process(other), other["lane"]):
            assert not both_waited(one, other), f"{one} and {other} shared a lane while both waited"
    lanes = {each["lane"] for each in rows}
    assert contender != "sync" or lanes == {"thread-1"}, lanes
    assert max(int(lane.rpartition("-")[2]) for lane in lanes) <= 4 * WORKERS


def while_busy(contender: str, workload: str) -> float:
    """The median wait (seconds) of unrelated requests while every worker has more of `workload` than it can do."""
    clients, count = ThreadPoolExecutor(16 * WORKERS), 8 * WORKERS
    one_is_done = threading.Event()

    def done(_: Future[Row]) -> None:
        one_is_done.set()

    with clients:
        background = [clients.submit(row, f"/{contender}/{workload}?ms=100") for _ in range(count)]
        for each in background:
            each.add_done_callback(done)
        one_is_done.wait()
        probes = [clients.submit(row, f"/{contender}/whoami") for _ in range(4 * WORKERS)]
        waited: list[float] = [probe.result()["waited"] for probe in probes]
        for each in background:
            each.result()
    return statistics.median(waited)


@LAB
def test_one_blocking_line_stalls_the_innocent_on_an_event_loop(asgi_contender: str) -> None:
    stalled, fine = while_busy(asgi_contender, "block"), while_busy(asgi_contender, "io")
    assert stalled > 3 * fine, f"an unrelated request waited {stalled:.3f} s beside /block, {fine:.3f} s beside /io"
