"""Changing a run over HTTP: a merge patch by whom it is known, cancelling, and one winner of every race."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.unit.service import JSON, MERGE_PATCH, answered, ended, errors, made_at, patched, problem, queued

CANCEL = {"state": "cancelled"}


def test_a_merge_patch_changes_what_it_names_and_null_empties(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"note": "old", "tags": ["a", "b"]}),
        ({"note": "new"}, {"note": "new", "tags": ["a", "b"]}),
        ({"note": None}, {"note": "", "tags": ["a", "b"]}),
        ({"tags": ["b"]}, {"note": "old", "tags": ["b"]}),
        ({"tags": None}, {"note": "old", "tags": []}),
        ({"note": None, "tags": None}, {"note": "", "tags": []}),
        ({"note": "new", **CANCEL}, {"note": "new", "tags": ["a", "b"], **CANCEL}),
    ]
    for patch, want in rows:
        with subtests.test(patch=patch, want=want):
            made = queued(rest, note="old", tags=["a", "b"])
            got = answered(patched(rest, made, patch), 200, JSON)
            same = {name: value for name, value in made.json().items() if name not in (*want, "finished")}
            assert {name: value for name, value in got.json().items() if name != "finished"} == same | want
            read = rest.get(made_at(made))
            assert (read.json(), read.headers["ETag"]) == (got.json(), got.headers["ETag"])
            assert got.headers["ETag"] == ('"2"' if patch else '"1"'), (
                "wanted a new ETag with every change, and only then"
            )


def test_what_is_not_to_be_changed_is_422_with_pointers_and_changes_nothing(
    rest: TestClient, subtests: pytest.Subtests
) -> None:
    rows: list[tuple[Any, set[str]]] = [
        ([], {""}),
        (7, {""}),
        ({"note": 7}, {"/note"}),
        ({"tags": "a"}, {"/tags"}),
        ({"tags": ["a", 7, ""]}, {"/tags/1", "/tags/2"}),
        ({"tags": ["a", "a"]}, {"/tags"}),
        ({"state": "done"}, {"/state"}),
        ({"state": None}, {"/state"}),
        ({"id": "x", "note": "y"}, {"/id"}),
        ({"progress": 1, "params": {}}, {"/progress", "/params"}),
    ]
    for patch, places in rows:
        with subtests.test(patch=patch, places=places):
            made = queued(rest)
            assert errors(patched(rest, made, patch)).keys() == places
            assert rest.get(made_at(made)).json() == made.json()


# --- conditions ---------------------------------------------------------------------------------------


def test_who_does_not_say_what_they_know_is_428(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[Any] = [{"note": "x"}, CANCEL, {"note": 7}]
    for patch in rows:
        with subtests.test(patch=patch):
            refused = rest.patch(made_at(queued(rest)), json=patch, headers={"Content-Type": MERGE_PATCH})
            assert "If-Match" in problem(refused, 428)["detail"]


def test_a_run_is_changed_only_by_whom_it_is_known(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[str, int]] = [
        ('"1"', 200), ("*", 200), ('"9", "1"', 200), ('"x","1"', 200),
        ('"2"', 412), ('W/"1"', 412), ('"x"', 412), ('"01"', 412), ('""', 412), ('"x,1"', 412),
        ("1", 400), ("", 400), ('"1', 400), ('"1 "', 400), ('*, "1"', 400),
    ]  # fmt: skip
    for known, status in rows:
        with subtests.test(known=known, status=status):
            made = queued(rest)
            got = answered(patched(rest, made, {"note": "x"}, If_Match=known), status)
            if status != 200:
                problem(got, status)
            assert rest.get(made_at(made)).json()["note"] == ("x" if status == 200 else "")


def test_a_stale_patch_never_overwrites(rest: TestClient) -> None:
    made = queued(rest)
    answered(patched(rest, made, {"note": "first"}), 200)
    for late in ({"note": "second"}, {"tags": ["second"]}, CANCEL):
        problem(patched(rest, made, late), 412)
    assert (rest.get(made_at(made)).json()["note"], rest.get(made_at(made)).headers["ETag"]) == ("first", '"2"')


def test_of_patches_at_once_with_one_etag_exactly_one_wins(rest: TestClient) -> None:
    made = queued(rest)
    with ThreadPoolExecutor(8) as clients:
        got = list(clients.map(lambda number: patched(rest, made, {"note": f"n{number}"}), range(8)))
    assert sorted(each.status_code for each in got) == [200] + [412] * 7
    [won] = [each for each in got if each.status_code == 200]
    assert rest.get(made_at(made)).json() == won.json()


def test_another_patch_format_is_415_and_told_which_is_read(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["", JSON, "text/plain", "application/json-patch+json"]
    for media_type in rows:
        with subtests.test(media_type=media_type):
            refused = patched(rest, queued(rest), {"note": "x"}, Content_Type=media_type)
            problem(refused, 415)
            assert refused.headers["Accept-Patch"] == MERGE_PATCH


def test_the_format_is_known_by_its_type_alone(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = [f"{MERGE_PATCH}; charset=utf-8", MERGE_PATCH.title(), f" {MERGE_PATCH} "]
    for media_type in rows:
        with subtests.test(media_type=media_type):
            answered(patched(rest, queued(rest), {"note": "x"}, Content_Type=media_type), 200)


# --- cancelling ---------------------------------------------------------------------------------------


def test_a_queued_run_is_cancelled_and_handed_to_no_runner(rest: TestClient) -> None:
    cancelled = answered(patched(rest, queued(rest), CANCEL), 200).json()
    assert (cancelled["state"], cancelled["started"]) == ("cancelled", None)
    assert cancelled["finished"] >= cancelled["created"]
    answered(rest.post("/internal/claim", json={"runner": "r"}), 204)


def test_cancelling_a_cancelled_run_changes_nothing(rest: TestClient) -> None:
    """A merge patch says how the run should be, and it is like that."""
    made = queued(rest)
    first = answered(patched(rest, made, CANCEL), 200)
    again = answered(patched(rest, first, CANCEL), 200)
    assert (again.json(), again.headers["ETag"]) == (first.json(), first.headers["ETag"])
    problem(patched(rest, made, CANCEL), 412)


def test_what_has_ended_cannot_be_cancelled(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["done", "failed"]
    for state in rows:
        with subtests.test(state=state):
            run = ended(rest, state)
            assert state in problem(patched(rest, run, CANCEL | {"note": "nor this"}), 409)["detail"]
            assert rest.get(made_at(run)).json() == run.json()


def test_what_has_ended_can_still_be_noted_and_tagged(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["done", "failed", "cancelled"]
    for state in rows:
        with subtests.test(state=state):
            noted = answered(patched(rest, ended(rest, state), {"note": "warm", "tags": ["kept"]}), 200).json()
            assert (noted["state"], noted["note"], noted["tags"]) == (state, "warm", ["kept"])


def test_the_new_tags_are_those_it_is_listed_under(rest: TestClient) -> None:
    made = queued(rest, tags=["old"])
    answered(patched(rest, made, {"tags": ["new"]}), 200)
    listed = {tag: len(rest.get("/runs", params={"tag": tag}).json()["items"]) for tag in ("old", "new")}
    assert listed == {"old": 0, "new": 1}
