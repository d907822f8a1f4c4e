"""The runner's side over HTTP: a run is claimed, kept, filled and finished by one runner, and never by another."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4, uuid7

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from experiments.schema.reports import BATCH
from rest import results as rest_results
from rest.settings import Settings
from rest.store.events import Events
from tests.unit.databases import Lab
from tests.unit.service import JSON, RACE, answered, errors, made_at, patched, problem, queued

LEASE = Settings().lease.total_seconds()


def claimed(client: TestClient, runner: str = "runner") -> dict[str, Any]:
    claim: dict[str, Any] = answered(client.post("/internal/claim", json={"runner": runner}), 200, JSON).json()
    return claim


def report(client: TestClient, claim: dict[str, Any], what: str, **members: Any) -> Response:
    """What the runner of this claim is answered to a heartbeat, samples or finish."""
    return client.post(f"/internal/runs/{claim['run']['id']}/{what}", json={"token": claim["token"]} | members)


def sample(seq: int, contender: str = "sync") -> dict[str, Any]:
    """One row of a race; where seq is odd, of a request that was never answered."""
    row: dict[str, Any] = {"contender": contender, "seq": seq, "sent": 1795348800.25, "received": 1795348800.5}
    row |= {"host": None}  # as of a bench of an earlier version
    times = {"started": 1795348800.3, "finished": 1795348800.4}
    if seq % 2:
        return row | dict.fromkeys(["status", "pid", "lane", "queued_ms", *times]) | {"error": 'no answer, "at all"'}
    return row | times | {"status": 200, "pid": 9, "lane": "thread-1", "queued_ms": 1.5, "error": None}


def batch(number: int, *samples: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"number": number, "samples": list(samples)} | more


def results(client: TestClient, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = answered(client.get(f"{path}/results"), 200).json()["items"]
    return items


# --- claiming -----------------------------------------------------------------------------------------


def test_where_nothing_waits_a_runner_is_told_so(rest: TestClient) -> None:
    assert answered(rest.post("/internal/claim", json={"runner": "r"}), 204).content == b""


def test_the_oldest_run_is_handed_out_whole_and_once(rest: TestClient) -> None:
    old, new = queued(rest), queued(rest)
    claims = [claimed(rest), claimed(rest)]
    answered(rest.post("/internal/claim", json={"runner": "r"}), 204)
    assert [claim["run"]["id"] for claim in claims] == [old.json()["id"], new.json()["id"]]
    run = claims[0]["run"]
    assert (run["state"], run["progress"], claims[0]["lease_seconds"]) == ("running", 0, LEASE)
    assert run["started"] >= run["created"]
    read = answered(rest.get(made_at(old)), 200)
    assert (read.json(), read.headers["ETag"]) == (run, '"2"')


def test_a_claim_that_names_no_runner_is_422_and_claims_nothing(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[Any, str]] = [
        ({}, "/runner"),
        ({"runner": ""}, "/runner"),
        ({"runner": "two words"}, "/runner"),
        ({"runner": 7}, "/runner"),
        ({"runner": "x" * 201}, "/runner"),
        ({"runner": "r", "token": "t"}, "/token"),
        ([], ""),
    ]
    for document, place in rows:
        with subtests.test(document=document, place=place):
            made = queued(rest)
            assert list(errors(rest.post("/internal/claim", json=document))) == [place]
            assert rest.get(made_at(made)).json() == made.json()


# --- the life of a run --------------------------------------------------------------------------------


def test_a_race_from_its_queue_to_its_results(rest: TestClient) -> None:
    path = made_at(queued(rest))
    claim = claimed(rest)
    rows = [sample(seq, contender) for seq in range(3) for contender in ("sync", "gevent")]
    for answer in (
        report(rest, claim, "heartbeat", progress=0.25),
        report(rest, claim, "samples", batch=batch(1, *rows[:4], events=[{"type": "point", "data": {"n": 1}}])),
        report(rest, claim, "samples", batch=batch(2, *rows[4:])),
        report(rest, claim, "heartbeat", progress=0.75),
    ):
        assert answered(answer, 200, JSON).json() == {"state": "running"}
    assert rest.get(path).json()["progress"] == 0.75
    outcome = {"state": "done", "environment": {"cores": 2, "kernel": "6.1"}}
    assert answered(report(rest, claim, "finish", outcome=outcome), 200).json() == {"state": "done"}
    run = answered(rest.get(path), 200).json()
    assert (run["state"], run["progress"], run["environment"]) == ("done", 1, {"cores": 2, "kernel": "6.1"})
    assert run["created"] <= run["started"] <= run["finished"]
    assert results(rest, path) == rows
    types = [line for line in rest.get(f"{path}/events").text.splitlines() if line.startswith("event: ")]
    want = ["state", "state", "progress", "point", *["sample"] * 6, "progress", "state"]
    assert types == [f"event: {each}" for each in want]


def test_the_results_of_a_race_are_its_rows_as_csv(rest: TestClient) -> None:
    path = made_at(queued(rest))
    answered(report(rest, claimed(rest), "samples", batch=batch(1, sample(0), sample(1, "gevent"))), 200)
    assert rest.get(f"{path}/results", headers={"Accept": "text/csv"}).text.split("\r\n") == [
        "contender,seq,sent,status,started,finished,received,pid,lane,queued_ms,error,host",
        "sync,0,1795348800.25,200,1795348800.3,1795348800.4,1795348800.5,9,thread-1,1.5,,",
        'gevent,1,1795348800.25,,,,1795348800.5,,,,"no answer, ""at all""",',
        "",
    ]


def test_more_results_than_a_page_of_them_all_arrive(rest: TestClient) -> None:
    path = made_at(queued(rest))
    claim = claimed(rest)
    rows = [sample(seq) for seq in range(2500)]
    for number, begin in enumerate(range(0, 2500, BATCH), start=1):
        answered(report(rest, claim, "samples", batch=batch(number, *rows[begin : begin + BATCH])), 200)
    assert results(rest, path) == rows
    table = rest.get(f"{path}/results", headers={"Accept": "text/csv"}).text
    read = list(csv.DictReader(io.StringIO(table, newline="")))
    assert [(row["contender"], row["seq"]) for row in read] == [("sync", str(seq)) for seq in range(2500)]


def test_head_of_results_reads_none_of_them(
    rest: TestClient, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    path = f"{made_at(queued(rest))}/results"
    for media_type in (JSON, "text/csv"):
        with subtests.test(media_type), monkeypatch.context() as patching:
            headers = {"Accept": media_type}
            got = rest.get(path, headers=headers).headers
            patching.delattr(Events, "results")
            head = answered(rest.head(path, headers=headers), 200, media_type)
            same = ("content-type", "vary", "content-disposition")
            assert [head.headers.get(name) for name in same] == [got.get(name) for name in same]


def test_the_results_of_an_experiment_that_is_no_more_have_the_columns_that_they_had(
    rest: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made_at(queued(rest))
    answered(report(rest, claimed(rest), "samples", batch=batch(1, sample(0))), 200)
    before = [rest.get(f"{path}/results", headers={"Accept": each}).text for each in (JSON, "text/csv")]
    monkeypatch.setattr(rest_results, "EXPERIMENTS", {})
    after = [rest.get(f"{path}/results", headers={"Accept": each}).text for each in (JSON, "text/csv")]
    assert after == before


def test_an_end_is_told_with_its_reason_and_may_be_repeated(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["done", "failed"]
    for state in rows:
        with subtests.test(state=state):
            path = made_at(queued(rest))
            claim = claimed(rest)
            outcome = {"state": state, "error": "no water"}
            assert [
                answered(report(rest, claim, "finish", outcome=outcome), 200).json()["state"] for _ in range(2)
            ] == [state] * 2
            run = rest.get(path)
            assert (run.json()["state"], run.json()["error"], run.headers["ETag"]) == (state, "no water", '"3"')
            other = {"state": "failed" if state == "done" else "done"}
            assert report(rest, claim, "finish", outcome=other).json() == {"state": state}, "wanted the first end kept"


# --- samples ------------------------------------------------------------------------------------------


def test_a_batch_that_is_sent_again_is_stored_once(rest: TestClient) -> None:
    path = made_at(queued(rest))
    claim = claimed(rest)
    for number in (1, 1, 2, 1, 2):
        answered(report(rest, claim, "samples", batch=batch(number, sample(number))), 200)
    assert results(rest, path) == [sample(1), sample(2)]


def test_a_batch_that_leaves_one_out_is_409_and_stores_nothing(rest: TestClient) -> None:
    path = made_at(queued(rest))
    claim = claimed(rest)
    refused = problem(report(rest, claim, "samples", batch=batch(2, sample(0))), 409)
    assert "out of order" in refused["detail"]
    assert refused["type"] == "about:blank", f"wanted a conflict that is no lost lease, got {refused}"
    assert results(rest, path) == []


def test_what_is_no_batch_is_422_with_a_pointer_into_the_body(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[Any, str]] = [
        (batch(0), "/batch/number"),
        (batch(1, events=[{"type": "state"}]), "/batch/events/0/type"),
        (batch(1, sample(0), sample(1) | {"status": "200"}), "/batch/samples/1/status"),
        (batch(1, sample(0) | {"latency": 1}), "/batch/samples/0/latency"),
        (batch(1, {"contender": "sync", "point": -1}), "/batch/samples/0/point"),
        (batch(1, *[sample(0)] * 1001), "/batch/samples"),
        ({}, "/batch/number"),
        (7, "/batch"),
    ]
    for wrong, place in rows:
        with subtests.test(wrong=wrong, place=place):
            path = made_at(queued(rest))
            refused = report(rest, claimed(rest), "samples", batch=wrong)
            assert place in errors(refused), f"wanted {place} named, got {refused.text[:500]}"
            assert results(rest, path) == []


def test_who_wants_to_be_alone_is_told_that_another_measures_by_a_type_of_its_own(rest: TestClient) -> None:
    made_at(queued(rest))
    claim = claimed(rest)
    alone = {"runner": "another", "exclusive": True}
    answered(rest.post("/internal/claim", json=alone), 204)
    refused = problem(rest.post("/internal/runs", json=alone | {"run": RACE}), 409)
    assert (refused["type"], refused["detail"].split()[0]) == ("/problems/busy", "runner"), refused
    answered(report(rest, claim, "finish", outcome={"state": "done"}), 200)
    answered(rest.post("/internal/runs", json=alone | {"run": RACE}), 201)


def test_samples_of_another_experiment_are_422(rest: TestClient) -> None:
    path = made_at(queued(rest, experiment="sweep", params={}))
    refused = report(rest, claimed(rest), "samples", batch=batch(1, sample(0)))
    assert {"/batch/samples/0/point", "/batch/samples/0/seq"} <= set(errors(refused)), refused.text
    assert results(rest, path) == []


# --- whose run it is ----------------------------------------------------------------------------------

REPORTS: list[tuple[str, dict[str, Any]]] = [
    ("heartbeat", {"progress": 0.5}),
    ("samples", {"batch": batch(1, sample(0))}),
    ("finish", {"outcome": {"state": "done"}}),
]


def lease_lost(response: Response) -> None:
    """The one conflict for which a runner gives its run up is distinguished from all others by its type."""
    refused = problem(response, 409)
    assert (refused["type"], refused["title"]) == ("/problems/lease-lost", "Lease lost"), refused


def test_another_token_is_409_and_changes_nothing(rest: TestClient, subtests: pytest.Subtests) -> None:
    for what, members in REPORTS:
        with subtests.test(what):
            path = made_at(queued(rest))
            claim = claimed(rest)
            lease_lost(report(rest, claim | {"token": str(uuid4())}, what, **members))
            assert (rest.get(path).json(), results(rest, path)) == (claim["run"], [])


def test_a_run_that_nobody_claimed_is_409(rest: TestClient, subtests: pytest.Subtests) -> None:
    for what, members in REPORTS:
        with subtests.test(what):
            lease_lost(report(rest, {"run": queued(rest).json(), "token": str(uuid4())}, what, **members))


def test_no_token_is_422(rest: TestClient, subtests: pytest.Subtests) -> None:
    token_rows: list[Any] = [None, 7, "x", ""]
    for token in token_rows:
        for what, members in REPORTS:
            with subtests.test(what, token=token):
                queued(rest)
                assert list(errors(report(rest, claimed(rest) | {"token": token}, what, **members))) == ["/token"]


def test_a_run_that_is_not_there_is_404_for_its_runner(rest: TestClient, subtests: pytest.Subtests) -> None:
    for what, members in REPORTS:
        with subtests.test(what):
            made = queued(rest)
            claim = claimed(rest)
            answered(rest.delete(made_at(made)), 204)
            problem(report(rest, claim, what, **members), 404)
            problem(report(rest, claim | {"run": {"id": str(uuid7())}}, what, **members), 404)


def test_a_client_that_cancels_stops_the_runner(rest: TestClient, subtests: pytest.Subtests) -> None:
    for what, members in REPORTS:
        with subtests.test(what):
            path = made_at(queued(rest))
            claim = claimed(rest)
            cancelled = answered(patched(rest, rest.get(path), {"state": "cancelled"}), 200).json()
            assert answered(report(rest, claim, what, **members), 200).json() == {"state": "cancelled"}
            assert (rest.get(path).json(), results(rest, path)) == (cancelled, [])


def silent_for_too_long(lab: Lab) -> int:
    """How many runs lose their runner, once all have been silent for longer than their leases."""
    return lab.play(lambda store: store.leases.expire(), lambda: datetime.now(UTC) + timedelta(seconds=LEASE + 1))


def test_a_lost_lease_is_409_and_the_run_is_the_next_runners(
    rest: TestClient, records_lab: Lab, subtests: pytest.Subtests
) -> None:
    for what, members in REPORTS:
        with subtests.test(what):
            path = made_at(queued(rest))
            lost = claimed(rest, "first")
            answered(report(rest, lost, "samples", batch=batch(1, sample(7))), 200)
            assert silent_for_too_long(records_lab) == 1
            assert rest.get(path).json()["state"] == "queued"
            lease_lost(report(rest, lost, what, **members))
            held = claimed(rest, "second")
            lease_lost(report(rest, lost, what, **members))
            answered(report(rest, held, "samples", batch=batch(1, sample(0))), 200)
            assert results(rest, path) == [sample(0)], "wanted the samples of the attempt that counts alone"
            answered(rest.delete(path), 204)


# --- a run of the runner's own ------------------------------------------------------------------------


def begun(client: TestClient, **members: Any) -> dict[str, Any]:
    document = {"runner": "own", "run": RACE | members}
    lease: dict[str, Any] = answered(client.post("/internal/runs", json=document), 201, JSON).json()
    return lease


def test_a_run_that_is_begun_is_its_runner_s_at_once_and_nobody_else_s_to_claim(rest: TestClient) -> None:
    lease = begun(rest, note="by hand", tags=["own"])
    run = lease["run"]
    assert (run["state"], run["progress"], lease["lease_seconds"]) == ("running", 0, LEASE)
    assert {name: run[name] for name in (*RACE, "note", "tags")} == RACE | {
        "params": {"workload": "io", "ms": 200, "requests": 20, "direct": False},
        "note": "by hand",
        "tags": ["own"],
    }
    assert run["created"] <= run["started"]
    assert answered(rest.get(f"/runs/{run['id']}"), 200).json() == run
    answered(rest.post("/internal/claim", json={"runner": "another"}), 204)


def test_a_run_that_is_begun_does_not_overtake_the_queue_nor_empty_it(rest: TestClient) -> None:
    waiting = queued(rest).json()["id"]
    own = begun(rest)["run"]["id"]
    assert claimed(rest)["run"]["id"] == waiting != own
    answered(rest.post("/internal/claim", json={"runner": "another"}), 204)


def test_a_run_that_is_begun_goes_on_like_one_that_was_claimed(rest: TestClient) -> None:
    lease = begun(rest)
    path = f"/runs/{lease['run']['id']}"
    for answer in (
        report(rest, lease, "heartbeat", progress=0.5),
        report(rest, lease, "samples", batch=batch(1, sample(0), sample(1))),
    ):
        assert answered(answer, 200, JSON).json() == {"state": "running"}
    assert answered(report(rest, lease, "finish", outcome={"state": "done"}), 200).json() == {"state": "done"}
    assert (rest.get(path).json()["state"], results(rest, path)) == ("done", [sample(0), sample(1)])
    types = [line for line in rest.get(f"{path}/events").text.splitlines() if line.startswith("event: ")]
    assert types == [f"event: {each}" for each in ["state", "state", "progress", "sample", "sample", "state"]]


def test_what_is_no_run_or_no_runner_is_422_and_begins_nothing(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"runner": ""}, "/runner"),
        ({"runner": None}, "/runner"),
        ({"runner": "two words"}, "/runner"),
        ({"run": None}, "/run"),
        ({"run": []}, "/run"),
        ({"token": "t"}, "/token"),
        ({"run": {}}, "/experiment"),
        ({"run": RACE | {"experiment": "marathon"}}, "/experiment"),
        ({"run": RACE | {"params": {"ms": -1}}}, "/params/ms"),
        ({"run": RACE | {"params": {"requests": "20"}}}, "/params/requests"),
        ({"run": RACE | {"contenders": ["nobody"]}}, "/contenders/0"),
        ({"run": RACE | {"state": "done"}}, "/state"),
    ]
    for wrong, place in rows:
        with subtests.test(wrong=wrong, place=place):
            refused = rest.post("/internal/runs", json={"runner": "own", "run": RACE} | wrong)
            (named,) = errors(refused)
            assert named.endswith(place), f"wanted {place} named, got {refused.text[:500]}"
            assert answered(rest.get("/runs"), 200).json()["items"] == [], "wanted nothing stored"


def test_a_run_that_was_begun_goes_to_the_queue_when_its_runner_falls_silent(
    rest: TestClient, records_lab: Lab, subtests: pytest.Subtests
) -> None:
    for what, members in REPORTS:
        with subtests.test(what):
            lost = begun(rest)
            answered(report(rest, lost, "samples", batch=batch(1, sample(7))), 200)
            assert silent_for_too_long(records_lab) == 1
            lease_lost(report(rest, lost, what, **members))
            held = claimed(rest, "another")
            assert held["run"]["id"] == lost["run"]["id"]
            assert results(rest, f"/runs/{held['run']['id']}") == [], "wanted nothing of the lost attempt"
            answered(rest.delete(f"/runs/{held['run']['id']}"), 204)


def test_a_client_cancels_a_run_that_was_begun(rest: TestClient) -> None:
    lease = begun(rest)
    answered(patched(rest, rest.get(f"/runs/{lease['run']['id']}"), {"state": "cancelled"}), 200)
    assert answered(report(rest, lease, "heartbeat"), 200).json() == {"state": "cancelled"}
