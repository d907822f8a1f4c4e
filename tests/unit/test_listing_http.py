"""The list of runs over HTTP: newest first, filtered, and paged without a row lost or doubled."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.unit.requests_of_runs import few
from tests.unit.service import BASE, JSON, answered, errors, made_at, patched, queued


def listed(client: TestClient, **query: Any) -> list[str]:
    """The ids on the first page."""
    return ids(answered(client.get("/runs", params=query), 200, JSON))


def ids(page: Response) -> list[str]:
    return [run["id"] for run in page.json()["items"]]


def following(client: TestClient, page: Response) -> Response | None:
    """The page that `next` names, which the Link header must name too."""
    behind, link = page.json()["next"], page.headers.get("Link")
    assert link == (f'<{behind}>; rel="next"' if behind else None), f"wanted next and Link the same, got {link!r}"
    return answered(client.get(behind), 200, JSON) if behind else None


def pages(client: TestClient, first: Response) -> Iterator[Response]:
    """This page and those behind it, each requested only when needed."""
    page: Response | None = first
    while page is not None:
        yield page
        page = following(client, page)


def test_an_empty_list_is_a_list(rest: TestClient) -> None:
    page = answered(rest.get("/runs"), 200, JSON)
    assert page.json() == {"items": [], "next": None}
    assert "Link" not in page.headers


def test_the_newest_is_first_and_whole(rest: TestClient) -> None:
    made = [queued(rest, note=str(number)).json() for number in range(3)]
    assert answered(rest.get("/runs"), 200).json() == {"items": made[::-1], "next": None}


def test_twenty_are_on_a_page_unless_asked_otherwise(rest: TestClient) -> None:
    made = [queued(rest).json()["id"] for _ in range(21)][::-1]
    page = answered(rest.get("/runs"), 200)
    assert ids(page) == made[:20]
    assert page.json()["next"].startswith(f"{BASE}/runs?"), page.json()["next"]
    last = following(rest, page)
    assert last is not None
    assert (ids(last), last.json()["next"]) == (made[20:], None)
    assert [len(listed(rest, limit=limit)) for limit in (1, 20, 21, 100)] == [1, 20, 21, 21]


def test_a_list_has_no_more_pages_than_it_fills(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[int, int, list[int]]] = [(0, 2, [0]), (2, 2, [2]), (3, 2, [2, 1]), (4, 2, [2, 2])]
    for count, limit, want in rows:
        with subtests.test(count=count, limit=limit):
            for _ in range(count):
                queued(rest, tags=[f"{count}"])
            first = rest.get("/runs", params={"tag": f"{count}", "limit": limit})
            assert [len(ids(page)) for page in pages(rest, first)] == want


# --- filters ------------------------------------------------------------------------------------------


def filtered(client: TestClient) -> dict[str, str]:
    """Four runs that differ in what can be filtered by, by a name of the test's own."""
    made = {
        "plain": queued(client, contenders=["sync"]),
        "tagged": queued(client, contenders=["sync", "uvicorn"], tags=["night run", "ä&b=c"]),
        "sweep": queued(client, experiment="sweep", params={}, contenders=["gevent"], tags=["night run"]),
        "cancelled": queued(client, contenders=["gevent"]),
    }
    answered(patched(client, made["cancelled"], {"state": "cancelled"}), 200)
    return {run.json()["id"]: name for name, run in made.items()}


def test_a_list_has_what_its_filters_leave(rest: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[tuple[dict[str, str], list[str]]] = [
        ({}, ["cancelled", "sweep", "tagged", "plain"]),
        ({"state": "queued"}, ["sweep", "tagged", "plain"]),
        ({"state": "cancelled"}, ["cancelled"]),
        ({"state": "done"}, []),
        ({"experiment": "sweep"}, ["sweep"]),
        ({"experiment": "gone-since"}, []),
        ({"contender": "sync"}, ["tagged", "plain"]),
        ({"contender": "uvicorn"}, ["tagged"]),
        ({"contender": "gone-since"}, []),
        ({"tag": "night run"}, ["sweep", "tagged"]),
        ({"tag": "ä&b=c"}, ["tagged"]),
        ({"tag": "night"}, []),
        ({"contender": "gevent", "state": "queued"}, ["sweep"]),
        ({"tag": "night run", "contender": "sync", "experiment": "race", "state": "queued"}, ["tagged"]),
        ({"tag": "night run", "state": "cancelled"}, []),
    ]
    names = filtered(rest)
    for query, want in rows:
        with subtests.test(query=query):
            assert [names[run] for run in listed(rest, **query)] == want
            by_ones = pages(rest, rest.get("/runs", params=query | {"limit": "1"}))
            assert [names[run] for page in by_ones for run in ids(page)] == want, "wanted the filters on every page"


# --- what is not a list -------------------------------------------------------------------------------


def test_a_query_that_is_not_understood_is_422_naming_the_parameter(
    rest: TestClient, subtests: pytest.Subtests
) -> None:
    rows: list[tuple[str, str]] = [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"), ("limit=", "limit"),
        ("limit=many", "limit"), ("limit=1.5", "limit"), ("limit=1e1", "limit"), (f"limit={10**400}", "limit"),
        ("limit=1_0", "limit"), ("limit=%D9%A3", "limit"), ("limit=%205", "limit"), ("limit=5.0", "limit"),
        ("state=lost", "state"), ("state=", "state"), ("state=Queued", "state"),
        ("experiment=", "experiment"), ("experiment=A", "experiment"), ("contender=a/b", "contender"),
        ("tag=", "tag"), (f"tag={'x' * 65}", "tag"), ("tag=%00", "tag"), ("tag=a%0Ab", "tag"),
        ("cursor=", "cursor"), ("cursor=x", "cursor"), ("cursor=" + "A" * 21 + "B", "cursor"),
        ("cursor=" + "A" * 23, "cursor"), ("cursor=" + "+" * 22, "cursor"), ("cursor=" + "A" * 21 + "%0A", "cursor"),
        ("page=2", "page"), ("Limit=2", "Limit"), ("a/b~c=1", "a/b~c"), ("/x=1", "/x"), ("=1", ""),
        ("limit=1&limit=1", "limit"), ("tag=a&tag=b", "tag"), ("x~1y=1&x~1y=2", "x~1y"), ("state&state", "state"),
    ]  # fmt: skip
    for query, named in rows:
        with subtests.test(query=query, named=named):
            refused = rest.get(f"/runs?{query}")
            assert list(errors(refused)) == [named], f"wanted {named!r} named, got {refused.text}"
            assert all("parameter" in each for each in refused.json()["errors"]), refused.text


def test_every_wrong_parameter_is_named(rest: TestClient) -> None:
    assert errors(rest.get("/runs?limit=0&state=lost&page=2")).keys() == {"limit", "state", "page"}


# --- paging while others queue and delete -------------------------------------------------------------

# Between two pages: that many runs are queued, and those in these places of all that are left are deleted.
Meanwhile = tuple[int, list[int]]
MEANWHILE = st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers(0, 30), max_size=3)), max_size=8)
_tags = (f"example-{number}" for number in itertools.count())


@few
@given(count=st.integers(0, 9), limit=st.integers(1, 4), meanwhile=MEANWHILE)
def test_no_run_is_lost_or_doubled_while_others_come_and_go(
    rest: TestClient, count: int, limit: int, meanwhile: list[Meanwhile]
) -> None:
    tag = next(_tags)
    made = [made_at(queued(rest, tags=[tag])) for _ in range(count)]
    there, seen = made.copy(), list[str]()
    for page, (new, places) in zip(
        pages(rest, rest.get("/runs", params={"tag": tag, "limit": limit})),
        itertools.chain(meanwhile, itertools.repeat((0, list[int]()))),
        strict=False,
    ):
        assert len(ids(page)) <= limit
        seen += [f"/runs/{run}" for run in ids(page)]
        there += [made_at(queued(rest, tags=[tag])) for _ in range(new)]
        for place in places:
            if there:
                answered(rest.delete(there.pop(place % len(there))), 204)
    assert seen == sorted(set(seen), reverse=True), f"wanted each once, newest first, got {seen}"
    assert set(seen) <= set(made), "wanted what was queued since on no page behind the first"
    assert set(made) & set(there) <= set(seen), f"lost {set(made) & set(there) - set(seen)}"


def test_a_cursor_outlives_the_run_that_it_names(rest: TestClient) -> None:
    made = [queued(rest) for _ in range(4)]
    page = rest.get("/runs?limit=2")
    for run in made[1:3]:
        answered(rest.delete(made_at(run)), 204)
    behind = following(rest, page)
    assert behind is not None
    assert (ids(behind), behind.json()["next"]) == ([made[0].json()["id"]], None)
