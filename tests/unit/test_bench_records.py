"""The records as the bench knows them, against the real service over HTTP: responses, refusals and silence."""

from collections.abc import Callable
from typing import Any
from uuid import uuid7

import pytest

from bench.runner import records as module
from bench.runner.records import Busy, Lease, Lost, Records, Refused, Unreachable
from tests.unit.bench_rows import race_row, unanswered
from tests.unit.live_service import LiveService
from tests.unit.service import RACE
from tests.unit.slow_api import SlowApi

OUTCOME = {"state": "done", "error": None, "environment": {"cores": 2}}
SAMPLES = [race_row(0, lane="grün-1"), unanswered(1, error='refused, "at all"')]
ROWS = [each.model_dump(mode="json") for each in SAMPLES]
NOTICES = [
    ("measuring", {"what": "≤ 1 ms\n\nevent: x\u2028y"}),
    ("summary", {"sentences": ["One."], "rows": [{"contender": "sync"}]}),
]


@pytest.fixture
def records(service: LiveService) -> Records:
    return Records(service.url)


def batch(number: int, *rows: dict[str, Any]) -> dict[str, Any]:
    events = [{"type": kind, "data": data} for kind, data in NOTICES]
    return {"number": number, "samples": list(rows), "events": events}


# --- a runner -----------------------------------------------------------------------------------------


def test_a_run_that_is_begun_is_held_and_nobody_else_s(records: Records) -> None:
    lease = records.begin(RACE | {"note": "own"}, "bench-1")
    assert (lease.run["state"], lease.run["note"]) == ("running", "own")
    assert records.heartbeat(lease, 0.123456) == "running"
    assert records.run(lease.run["id"])["progress"] == 0.1235
    assert records.claim("bench-2") is None


def test_a_wrong_run_is_refused_with_what_is_wrong(records: Records) -> None:
    with pytest.raises(Refused, match=r"/params/requests.*less than or equal to 500"):
        records.begin(RACE | {"params": {"requests": 501}}, "bench-1")
    with pytest.raises(Refused, match=r"/runner"):
        records.begin(RACE, "two words")
    assert records.runs(100) == []


def test_the_oldest_run_is_claimed_and_one_measures_at_a_time(service: LiveService, records: Records) -> None:
    ids = [service.queue() for _ in range(2)]
    for run in ids:
        lease = records.claim("bench-1")
        assert lease is not None
        assert (lease.run["id"], records.claim("bench-2")) == (run, None)
        with pytest.raises(Busy, match="bench-1 is measuring"):
            records.begin(RACE, "bench-2")
        records.finish(lease, OUTCOME)
    assert records.claim("bench-1") is None


def test_a_batch_that_is_handed_in_again_is_stored_once(records: Records) -> None:
    lease = records.begin(RACE, "bench-1")
    assert [records.hand_in(lease, each) for each in (batch(1, *ROWS), batch(1, *ROWS))] == ["running"] * 2
    assert records.results(lease.run["id"]) == ROWS


Send = Callable[[Records, Lease], str]
REQUESTS: dict[str, Send] = {
    "heartbeat": lambda records, lease: records.heartbeat(lease, 0.5),
    "hand_in": lambda records, lease: records.hand_in(lease, batch(1, *ROWS)),
    "finish": lambda records, lease: records.finish(lease, OUTCOME),
}


def test_a_run_that_is_not_to_go_on_is_known_from_every_answer(service: LiveService, records: Records) -> None:
    for name, send in REQUESTS.items():
        lease = records.begin(RACE, "bench-1")
        service.cancel(lease.run)
        assert send(records, lease) == "cancelled", name
        deleted = records.begin(RACE, "bench-1")
        service.delete(deleted.run)
        with pytest.raises(Lost, match=deleted.run["id"]):
            send(records, deleted)
        late = records.begin(RACE, "bench-1")
        assert service.lose_leases() > 0
        with pytest.raises(Lost, match="lease is lost"):
            send(records, late)


def test_a_conflict_that_is_no_lost_lease_is_refused(records: Records) -> None:
    """A batch that follows no other would be a mistake of ours: the run fails, instead of ending as if cancelled."""
    lease = records.begin(RACE, "bench-1")
    with pytest.raises(Refused):
        records.hand_in(lease, batch(3, *ROWS))
    assert records.heartbeat(lease, 0.5) == "running"


def test_a_service_that_is_away_is_unreachable_and_named(service: LiveService, records: Records) -> None:
    lease = records.begin(RACE, "bench-1")
    service.stop()
    for send in REQUESTS.values():
        with pytest.raises(Unreachable, match=service.url):
            send(records, lease)
    service.start()
    assert [send(records, lease) for send in REQUESTS.values()] == ["running", "running", "done"]


def test_a_sample_that_is_none_is_refused_with_its_place(records: Records) -> None:
    lease = records.begin(RACE, "bench-1")
    with pytest.raises(Refused, match="/batch/samples/1/status"):
        records.hand_in(lease, batch(1, ROWS[0], ROWS[1] | {"status": "none"}))
    assert records.results(lease.run["id"]) == []


# --- a reader -----------------------------------------------------------------------------------------


@pytest.fixture
def finished(records: Records) -> str:
    """The id of a run that has ended, with ROWS and NOTICES."""
    lease = records.begin(RACE, "bench-1")
    records.hand_in(lease, batch(1, *ROWS))
    assert records.finish(lease, OUTCOME) == "done"
    return str(lease.run["id"])


def test_a_run_is_read_with_all_that_its_runner_said(records: Records, finished: str) -> None:
    run = records.run(finished)
    assert (run["state"], run["environment"]) == ("done", {"cores": 2})
    assert records.results(run["id"]) == ROWS


def test_notices_are_the_events_beside_samples_in_their_order(records: Records, finished: str) -> None:
    notices = list(records.notices(records.run(finished)["id"]))
    assert [(each.type, each.document()) for each in notices] == NOTICES


def test_the_table_is_csv_whatever_letters_it_has(records: Records, finished: str) -> None:
    header, first, second, end = records.table(records.run(finished)["id"]).split("\r\n")
    assert header == "contender,seq,sent,status,started,finished,received,pid,lane,queued_ms,error,host"
    assert ",grün-1," in first
    assert second.endswith(',"refused, ""at all""",')
    assert end == ""


def test_the_newest_runs_come_first_and_no_more_than_asked_for(service: LiveService, records: Records) -> None:
    ids = [service.queue() for _ in range(3)]
    assert [run["id"] for run in records.runs(2)] == ids[:0:-1]


READING: dict[str, Callable[[Records, Any], Any]] = {
    "run": Records.run,
    "results": Records.results,
    "table": Records.table,
    "notices": lambda records, run_id: list(records.notices(run_id)),
}


def test_a_run_that_is_not_there_is_lost(records: Records) -> None:
    for read in READING.values():
        run_id = uuid7()
        with pytest.raises(Lost, match=str(run_id)):
            read(records, run_id)


# --- answers that are not the service's -----------------------------------------------------------------


HEADS: list[tuple[bytes, type[Exception], str]] = [
    (b"HTTP/1.0 502 Bad Gateway", Unreachable, "502 Bad Gateway"),
    (b"HTTP/1.0 503 Service Unavailable", Unreachable, "503 Service Unavailable"),
    (b"HTTP/1.0 404 Not Found", Lost, "404 Not Found"),
    (b"HTTP/1.0 400 Bad Request", Refused, "400 Bad Request"),
    (b"HTTP/1.0 409 Conflict", Refused, "409 Conflict"),
    (b"SSH-2.0-OpenSSH", Unreachable, "is unreachable"),
    (b"", Unreachable, "is unreachable: ConnectionError"),
]


def test_an_answer_without_a_problem_document_is_an_error_with_its_status(api: SlowApi) -> None:
    for head, kind, named in HEADS:
        for body in (b"<html>nginx</html>", b"[]", b'{"detail": null}', b'{"title": "no detail"}'):
            api.raw = head + b"\r\n\r\n" + body if head else b""
            with pytest.raises(kind, match=named):
                Records(f"http://{api.host}:{api.port}").run(uuid7())


def test_an_answer_that_never_comes_is_not_waited_for(api: SlowApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner that waits for it sends no heartbeat, and does not stop when its run is cancelled."""
    monkeypatch.setattr(module, "READ", 0.05)
    with api.hold(), pytest.raises(Unreachable, match="ReadTimeout"):
        Records(f"http://{api.host}:{api.port}").run(uuid7())


def test_no_proxy_of_the_environment_stands_between(service: LiveService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert Records(service.url).runs(1) == []
