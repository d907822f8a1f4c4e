"""Who answered: lanes, counts, request ids, and the time before the application began."""

import os
import platform
import re
import socket
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contender import identity
from contender.identity import RequestContext, Server, Worker


def begin(worker: Worker) -> RequestContext:
    return worker.begin(None, None)


def test_the_first_lane_is_one_and_the_next_is_the_next() -> None:
    worker = Worker("task")
    assert [begin(worker).lane for _ in range(3)] == ["task-1", "task-2", "task-3"]


def test_the_lowest_free_lane_is_taken_again() -> None:
    worker = Worker("task")
    visits = [begin(worker) for _ in range(4)]
    for context in (visits[2], visits[0]):
        worker.end(context)
    assert [begin(worker).lane for _ in range(3)] == ["task-1", "task-3", "task-5"]


@given(st.lists(st.none() | st.integers(0, 20), max_size=60))
def test_no_lane_is_ever_shared_and_every_count_is_true(steps: list[int | None]) -> None:
    """A step begins a context, or ends one of those that are there."""
    worker, there = Worker("task"), list[RequestContext]()
    peak = ended = 0
    for step in steps:
        if step is None or not there:
            taken = {context.lane for context in there}
            there.append(begin(worker))
            lowest = next(lane for number in range(1, len(taken) + 2) if (lane := f"task-{number}") not in taken)
            assert there[-1].lane == lowest, f"wanted the lowest lane not in {taken}, got {there[-1].lane}"
        else:
            worker.end(there.pop(step % len(there)))
            ended += 1
        peak = max(peak, len(there))
        assert (worker.in_flight, worker.peak_in_flight, worker.served) == (len(there), peak, ended)


def test_a_well_formed_request_id_is_kept_and_any_other_replaced() -> None:
    for kept in ("12345678", "a" * 128, "0f3c-A.b_9", "--------"):
        assert RequestContext("task-1", kept, None).request_id == kept
    ill_formed = [None, "", "1234567", "a" * 129, "with space", "new\nline-", "12345678\n", "semi;colon", '"quoted"']
    for sent_id in [*ill_formed, "caf\xe9caf\xe9"]:
        ids = {RequestContext("task-1", sent_id, None).request_id for _ in range(2)}
        assert len(ids) == 2, f"{sent_id!r}: wanted a new id each time, got {ids}"
        assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids), f"{sent_id!r}: got {ids}"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Clocks that stand still: 1000.25 seconds since the epoch, and 7 since whenever."""
    still = SimpleNamespace(time=lambda: 1000.25, perf_counter=lambda: 7.0)
    monkeypatch.setattr(identity, "time", still)
    return still


QUEUED: list[tuple[str | None, float | None]] = [
    ("t=1000.000", 250.0),
    ("t=1000.249", 1.0),
    ("t=1000.249877", 0.123),
    ("t=1000", 250.0),
    ("t=1000.25", 0.0),
    ("t=1000.251", 0.0),  # nginx's clock may be ahead of ours, a wait is never negative
    ("t=2000", 0.0),
    (None, None),
    ("", None),
    ("1000.000", None),
    ("t=", None),
    ("t=now", None),
    ("t=-5", None),
    ("t=1000.", None),
    ("t=1000.1234567", None),
    ("t=1000.000, t=999.000", None),
    ("t=1e3", None),
    ("t=" + "9" * 13, None),
]


def test_the_headers_are_the_request_id_the_timing_in_milliseconds_and_who_served(clock: SimpleNamespace) -> None:
    """The queue is timed from a well-formed start only."""
    for request_start, queued_ms in QUEUED:
        clock.perf_counter = lambda: 7.0
        context = RequestContext("task-1", "12345678", request_start)
        assert context.queued_ms == queued_ms, f"{request_start!r}: got {context.queued_ms}"
        clock.perf_counter = lambda: 7.0123456
        timing = "app;dur=12.346" if queued_ms is None else f"queue;dur={queued_ms}, app;dur=12.346"
        who = f"host={socket.gethostname()}, pid={os.getpid()}, lane=task-1, started=1000.250000, finished=1000.250000"
        wanted = [("X-Request-Id", "12345678"), ("Server-Timing", timing), ("X-Served-By", who)]
        assert context.headers() == wanted, f"{request_start!r}"


def test_a_body_is_timed_from_its_first_part_to_its_last(clock: SimpleNamespace) -> None:
    context = RequestContext("task-1", None, None)
    for at in (8.0, 8.1, 8.5):
        clock.perf_counter = lambda at=at: at
        context.note_body_part()
    assert context.headers()[1] == ("Server-Timing", "body;dur=500.000, app;dur=1500.000")


@pytest.mark.usefixtures("clock")
def test_the_identity_is_the_contract_s_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE", "gevent")
    worker = Worker("greenlet")
    monkeypatch.setattr(Worker, "server", Server("wsgi", "gunicorn", "27.0.1", "gevent"))
    worker.end(begin(worker))
    first, second = begin(worker), worker.begin("12345678", "t=1000.249")
    worker.end(first)
    assert worker.identity(second, "io", {"ms": 100}) == {
        "service": "gevent",
        "interface": "wsgi",
        "server": "gunicorn",
        "server_version": "27.0.1",
        "worker": "gevent",
        "python": platform.python_version(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "lane": "greenlet-2",
        "request_id": "12345678",
        "queued_ms": 1.0,
        "started": 1000.25,
        "finished": 1000.25,
        "in_flight": 1,
        "peak_in_flight": 2,
        "served": 3,
        "workload": "io",
        "params": {"ms": 100},
    }


def test_what_is_not_configured_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVICE", raising=False)
    worker = Worker("task")
    document = worker.identity(begin(worker), "whoami", {})
    unknown = {name: document[name] for name in ("service", "interface", "server", "server_version", "worker")}
    assert set(unknown.values()) == {"unknown"}, f"wanted nothing made up, got {unknown}"
