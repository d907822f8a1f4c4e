"""The number of workers: which are requested, which are refused, and which signals that takes."""

import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from contender import control, usage
from contender.problem import Problem

MASTER = 5_000_007  # above any process id, so that none of these is the one of this process


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Those that serve: signals to the master change them."""
    pids = {5_000_011, 5_000_012}

    def kill(pid: int, number: int) -> None:
        assert pid == MASTER
        if number == signal.SIGTTIN:
            pids.add(max(pids) + 1)
        elif number == signal.SIGTTOU:
            pids.remove(max(pids))

    monkeypatch.setattr(os, "kill", kill)
    monkeypatch.setattr(control, "_WANTED", tmp_path / "wanted")
    monkeypatch.setattr(usage, "first_process", lambda: MASTER)
    monkeypatch.setattr(usage, "ready_pids", lambda: set(pids))
    monkeypatch.setattr(usage, "pss", lambda _: 50 * usage.MIB)
    monkeypatch.setattr(usage, "memory_limit", lambda _: 500.0)
    return pids


def refusal(server: str, count: int) -> tuple[int, str]:
    with pytest.raises(Problem) as raised:
        list(control.resize(server, count))
    return raised.value.status.value, raised.value.detail


def test_the_number_is_that_of_the_document_or_the_one_of_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "5")
    assert control.parse_worker_count("DELETE", b"") == 5
    assert [control.parse_worker_count("PUT", b'{"workers": %d}' % n) for n in (1, 32)] == [1, 32]
    rows = [
        *((b'{"workers": %s}' % value, 422) for value in (b"0", b"33", b"1.5", b"true", b'"2"', b"null")),
        *((b"[]", 422), (b"{}", 422), (b"", 400), (b"workers=2", 400), (b"\xff", 400)),
    ]
    for body, status in rows:
        with pytest.raises(Problem) as raised:
            control.parse_worker_count("PUT", body)
        assert raised.value.status == status, f"{body!r}: {raised.value.detail}"


def test_a_server_starts_and_stops_as_many_as_are_missing(workers: set[int]) -> None:
    for server in ("gunicorn", "uvicorn"):
        for count in (5, 1, 2):
            list(control.resize(server, count))
            assert len(workers) == count, f"{server}: wanted {count} workers, got {workers}"


def test_a_worker_that_stops_itself_does_not_count(workers: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """gunicorn's answers when all others are right; uvicorn's master waits for it first, so another one has to."""
    workers.update({os.getpid(), 5_000_013})
    own = SimpleNamespace(alive=False, should_exit=True)
    monkeypatch.setattr(control, "GUNICORN", own)
    list(control.resize("gunicorn", 3))
    assert len(workers) == 4, f"wanted no signal, got {workers}"
    workers.add(5_000_014)
    monkeypatch.setattr(control, "GUNICORN", None)
    monkeypatch.setattr(signal, "getsignal", lambda _: SimpleNamespace(__self__=own))
    monkeypatch.setattr(os, "kill", lambda *_: None)
    status, detail = refusal("uvicorn", 3)
    assert status == 307, detail


def test_what_cannot_be_changed_says_why_and_what_helps(workers: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        ("hypercorn", 4, 501, "hypercorn has no signal for its number of workers: set WORKERS"),
        ("granian", 2, 501, "granian has no signal"),
        ("uvicorn", 9, 409, "9 workers at 50 MiB each do not fit: 8 fit into 500 MiB (CONTENDER_MEMORY in .env)."),
    ]
    for server, count, status, text in rows:
        got, detail = refusal(server, count)
        assert (got, text in detail) == (status, True), f"{server}, {count}: {got} {detail}"
    monkeypatch.setattr(control, "PATIENCE", -1)
    assert refusal("gunicorn", 4) == (503, "gunicorn has 2 workers after -1 s, not 4.")
    monkeypatch.setattr(usage, "first_process", os.getpid)
    status, detail = refusal("uvicorn", 4)
    assert (status, "WORKERS=2 or more" in detail) == (409, True), detail
