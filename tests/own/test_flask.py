"""services/own/examples/flask under each WSGI server: what its README says of it, measured."""

from tests.e2e.lab import WORKERS as PROCESSES
from tests.e2e.lab import answered, ask, get
from tests.e2e.queue import finished
from tests.own.apps import WSGI, are_contenders, at_once, raced, ran


def test_each_server_has_the_application_and_answers_for_the_lab_beside_it() -> None:
    are_contenders(WSGI, "wsgi")
    for name in WSGI:
        assert answered(get(f"/{name}/whoami"), 404).headers["Content-Type"].startswith("text/html"), "Flask's own 404"


def test_readers_are_drawn_in_their_lanes_though_no_answer_names_them() -> None:
    rows = raced(WSGI, "/notes?limit=3")
    assert [row["error"] for each in rows.values() for row in each if row["error"]] == []
    most = {name: at_once(each) for name, each in rows.items()}
    assert most["own-sync"] <= PROCESSES, most
    assert min(most["own-gthread"], most["own-gevent"]) > PROCESSES, most


def test_green_writers_stop_each_other_and_plain_ones_do_not() -> None:
    rows = raced(["own-sync", "own-gevent"], "/notes", method="POST", body="hello", expect=201)
    failed = {name: sum(row["error"] is not None for row in each) for name, each in rows.items()}
    assert failed["own-sync"] == 0, failed
    assert failed["own-gevent"] > 0, failed
    assert {row["error"] for row in rows["own-gevent"]} <= {None, "status 500"}


def test_a_status_that_was_not_expected_ends_the_run_before_it_is_measured() -> None:
    params = {"workload": "request", "path": "/notes", "method": "POST", "body": "hello", "requests": 20}
    run = finished({"experiment": "race", "params": params, "contenders": ["own-sync"]}, "failed")
    assert run["results"] == []
    assert "own-sync returned 201 to POST /notes, expected 200" in run["error"], run
    assert "docker compose logs own-sync" in run["error"], run


def test_advice_needs_no_more_than_the_request_and_the_promise() -> None:
    # Few requests, and seconds for each: kept also beside other suites, and a program that takes a core.
    (row, *_) = ran("advise", ["own-gthread"], "/notes", rate=50, p99_ms=3000)["results"]
    assert (row["error"], row["kept"], row["threads"]) == (None, True, 8), row
    assert row["predicted_p99_ms"] > 20, f"a request of it waits 20 ms: {row}"


def test_a_workload_of_the_lab_is_refused_by_name() -> None:
    run = {"experiment": "race", "params": {"workload": "io"}, "contenders": ["own-sync"]}
    (error,) = answered(ask("POST", "/starlette/runs", json=run), 422).json()["errors"]
    assert error["pointer"] == "/contenders", error
    assert error["detail"].startswith("own-sync: your app has no workload io"), error
