"""The REST service as a person uses it, through nginx: one path from the entry document to a run that is gone."""

import csv
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.e2e.lab import PATIENCE, PROBLEM, URL, WORKERS, answered, ask, describe, get, problem
from tests.e2e.queue import MERGE_PATCH, RUNS, tagged
from tests.turns import LAB

pytestmark = [LAB, pytest.mark.usefixtures("held_queue")]

JSON = "application/json"
RACE: dict[str, Any] = {"experiment": "race", "params": {"workload": "io", "ms": 200}, "contenders": ["sync", "gevent"]}
CANCEL = {"state": "cancelled"}


@pytest.fixture
def tag() -> Iterator[str]:
    with tagged() as name:
        yield name


def queued(tag: str, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask("POST", RUNS, json=RACE | {"tags": [tag]}, headers=named)


def below(made: requests.Response) -> str:
    """The path of a run, of which this is a representation."""
    return f"{RUNS}/{made.json()['id']}"


def patched(path: str, etag: str, patch: dict[str, Any]) -> requests.Response:
    return ask("PATCH", path, data=json.dumps(patch), headers={"Content-Type": MERGE_PATCH, "If-Match": etag})


def listed(tag: str, **query: Any) -> list[str]:
    page = answered(get(RUNS, params={"tag": tag, "limit": 100, **query}), 200, JSON).json()
    return [run["id"] for run in page["items"]]


def test_the_path_of_a_person(tag: str) -> None:
    made = answered(queued(tag), 201, JSON)
    path = made.headers["Location"].removeprefix(URL)
    assert path == below(made)
    read = answered(get(path), 200, JSON)
    assert (read.json(), read.headers["ETag"]) == (made.json(), made.headers["ETag"])
    assert answered(get(path, headers={"If-None-Match": read.headers["ETag"]}), 304).content == b""
    assert listed(tag) == listed(tag, state="queued", contender="gevent") == [made.json()["id"]]

    changed = answered(patched(path, made.headers["ETag"], {"note": "a quiet machine"}), 200, JSON)
    assert changed.json() == made.json() | {"note": "a quiet machine"}
    assert "revision" in problem(patched(path, made.headers["ETag"], {"note": "late"}), 412)["detail"]
    cancelled = answered(patched(path, changed.headers["ETag"], CANCEL), 200).json()
    assert (cancelled["state"], listed(tag, state="queued")) == ("cancelled", [])

    assert answered(get(f"{path}/results"), 200, JSON).json() == {"items": [], "next": None}
    answered(ask("DELETE", path, headers={"If-Match": made.headers["ETag"]}), 412, PROBLEM)
    answered(ask("DELETE", path), 204)
    for gone in (get(path), get(f"{path}/results"), get(f"{path}/events"), ask("DELETE", path)):
        problem(gone, 404)


def test_results_are_a_table_for_a_spreadsheet(tag: str) -> None:
    path = below(answered(queued(tag), 201))
    table = answered(get(f"{path}/results", headers={"Accept": "text/csv"}), 200, "text/csv")
    assert next(csv.reader(table.text.splitlines()))[:3] == ["contender", "seq", "sent"]
    assert table.headers["Vary"] == "Accept", describe(table)


def until_a_ping(lines: Iterable[str]) -> list[str]:
    """The lines of a stream that ends; one that goes on for ever is left at its first sign of life."""
    read = []
    for line in lines:
        read.append(line)
        if line.startswith(":"):
            break
    return [line for line in read if line]


def test_events_arrive_at_once_and_end_when_another_cancels(tag: str) -> None:
    path = below(answered(queued(tag), 201))
    with requests.get(f"{URL}{path}/events", stream=True, timeout=PATIENCE) as stream:
        answered(stream, 200, "text/event-stream")
        lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
        first = [next(lines) for _ in range(3)]
        answered(patched(path, "*", CANCEL), 200)
        rest = until_a_ping(lines)
    assert first == ["id: 1", "event: state", 'data: {"state": "queued"}']
    assert rest == ["id: 2", "event: state", 'data: {"state": "cancelled"}'], "wanted the end, and then nothing"
    resumed = answered(get(f"{path}/events", headers={"Last-Event-ID": "1"}), 200).text
    assert [line for line in resumed.splitlines() if line] == rest
    answered(get(f"{path}/events", headers={"Last-Event-ID": "2"}), 204)


def test_a_refusal_is_a_problem_document_through_nginx_too() -> None:
    for method, path, headers, body, status in (
        ("POST", RUNS, {"Content-Type": JSON}, "{", 400),
        ("GET", f"{RUNS}/01a20672-f3a4-75ed-8c7b-298ce172ad2a", {}, "", 404),
        ("PUT", RUNS, {}, "", 405),
        ("GET", RUNS, {"Accept": "image/png"}, "", 406),
        ("POST", RUNS, {"Content-Type": JSON}, " " * (1024 * 1024 + 1), 413),
        ("POST", RUNS, {"Content-Type": "text/plain"}, "{}", 415),
        ("POST", RUNS, {"Content-Type": JSON}, "{}", 422),
        ("GET", f"{RUNS}?limit=0", {}, "", 422),
    ):
        refused = answered(ask(method, path, headers=headers, data=body), status, PROBLEM)
        assert refused.json().keys() - {"errors"} == {"type", "title", "status", "detail", "instance"}, describe(
            refused
        )
        assert (refused.json()["status"], refused.json()["instance"]) == (status, path.partition("?")[0]), describe(
            refused
        )


# --- many at once, through all workers ----------------------------------------------------------------


def test_many_at_once_with_one_key_make_exactly_one_run(tag: str) -> None:
    with ThreadPoolExecutor(4 * WORKERS) as clients:
        got = list(clients.map(lambda _: queued(tag, Idempotency_Key=tag), range(8 * WORKERS)))
    statuses = sorted(each.status_code for each in got)
    assert statuses == [200] * (len(got) - 1) + [201], f"wanted one run made, got {statuses}"
    assert [{each.json()["id"]} for each in got] == [set(listed(tag))] * len(got)


def noted(path: str, etag: str) -> requests.Response:
    return patched(path, etag, {"note": f"{uuid4()}"})


def test_of_two_patches_at_once_exactly_one_wins_whichever_workers_they_meet(tag: str) -> None:
    path = below(answered(queued(tag), 201))
    with ThreadPoolExecutor(2) as clients:
        for _ in range(8 * WORKERS):
            etag = answered(get(path), 200).headers["ETag"]
            got = list(clients.map(noted, [path] * 2, [etag] * 2))
            assert sorted(each.status_code for each in got) == [200, 412], [describe(each) for each in got]
            [won] = [each.json() for each in got if each.status_code == 200]
            assert answered(get(path), 200).json() == won


def test_no_run_is_lost_or_doubled_while_others_queue(tag: str) -> None:
    with ThreadPoolExecutor(WORKERS) as clients:
        before = {each.json()["id"] for each in clients.map(queued, [tag] * 12)}
        page = answered(get(RUNS, params={"tag": tag, "limit": 3}), 200)
        seen = [run["id"] for run in page.json()["items"]]
        while behind := page.json()["next"]:
            assert page.headers["Link"] == f'<{behind}>; rel="next"', describe(page)
            others = clients.map(queued, [tag] * 2)
            page = answered(get(behind.removeprefix(URL)), 200)
            seen += [run["id"] for run in page.json()["items"]]
            assert [each.status_code for each in others] == [201, 201]
    assert seen == sorted(before, reverse=True), f"wanted the {len(before)} runs, newest first, got {seen}"
