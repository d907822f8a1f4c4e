"""Lists of runs: newest first, filtered, in pages that lose and double nothing, each for the cost of the first."""

from functools import partial
from typing import Any
from uuid import UUID, uuid7

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rest.models import Filters, Run, State
from rest.store import Store, cursor
from rest.store.errors import BadCursor
from rest.store.runs import listing
from tests.unit.databases import Lab
from tests.unit.requests_of_runs import few, run_request


async def pages(store: Store, filters: Filters, limit: int) -> list[list[Run]]:
    found, page = [], await store.runs.page(filters, limit)
    found.append(page.items)
    while page.next:
        page = await store.runs.page(filters, limit, page.next)
        found.append(page.items)
    return found


def test_pages_are_newest_first_and_the_last_has_no_next(lab: Lab) -> None:
    async def story(store: Store) -> None:
        made = [(await store.runs.create(run_request())).run for _ in range(6)]
        for limit, sizes in ((2, [2, 2, 2]), (4, [4, 2]), (6, [6]), (100, [6])):
            got = await pages(store, Filters(), limit)
            assert [len(page) for page in got] == sizes, f"pages of {limit}"
            assert [run for page in got for run in page] == made[::-1]

    lab.play(story)


def test_a_page_of_nothing_is_empty(lab: Lab) -> None:
    async def story(store: Store) -> None:
        for filters in (Filters(), Filters(tag="nobody")):
            page = await store.runs.page(filters, 10)
            assert (page.items, page.next) == ([], None), filters

    lab.play(story)


def test_filters_hold_together(lab: Lab) -> None:
    async def story(store: Store) -> None:
        made = {
            (experiment, contender, tag): (
                await store.runs.create(run_request(experiment=experiment, contenders=[contender], tags=[tag]))
            ).run
            for experiment in ("race", "rate")
            for contender in ("sync", "gevent")
            for tag in ("a", "b")
        }
        await store.leases.claim("runner")  # the oldest: race, sync, a
        for experiment in (None, "race", "rate"):
            for contender in (None, "sync", "gevent"):
                for tag in (None, "a", "b"):
                    for state in (None, State.RUNNING, State.QUEUED):
                        filters = Filters(experiment=experiment, contender=contender, tag=tag, state=state)
                        wanted = [
                            run.id
                            for key, run in reversed(made.items())
                            if all(
                                want in (None, has) for want, has in zip((experiment, contender, tag), key, strict=True)
                            )
                            and state in (None, State.RUNNING if key == ("race", "sync", "a") else State.QUEUED)
                        ]
                        got = [run.id for page in await pages(store, filters, 3) for run in page]
                        assert got == wanted, f"{filters}: wanted {len(wanted)} runs, got {len(got)}"

    lab.play(story)


@few
@given(
    start=st.integers(0, 12),
    limit=st.integers(1, 5),
    meanwhile=st.lists(st.lists(st.integers(-1, 20), max_size=4), max_size=8),
)
def test_no_run_is_lost_or_doubled_while_others_come_and_go(
    lab: Lab, start: int, limit: int, meanwhile: list[list[int]]
) -> None:
    """Between two pages, -1 makes a run and every other number deletes one of those that there are."""
    tag = str(uuid7())

    async def story(store: Store) -> None:
        async def make() -> UUID:
            return (await store.runs.create(run_request(tags=[tag]))).run.id

        there = [await make() for _ in range(start)]
        lasting, seen, after = set(there), list[UUID](), None
        for happening in [*meanwhile, *[[]] * (start + 1)]:
            page = await store.runs.page(Filters(tag=tag), limit, after)
            seen += [run.id for run in page.items]
            after = page.next
            if after is None:
                break
            for number in happening:
                if number < 0:
                    there.append(await make())
                elif there:
                    gone = there.pop(number % len(there))
                    lasting.discard(gone)
                    await store.runs.delete(gone)
        assert seen == sorted(set(seen), reverse=True), f"wanted each run once, newest first, got {seen}"
        assert lasting <= set(seen), f"wanted every run that stayed, got {len(seen)} without {lasting - set(seen)}"

    lab.play(story)


def test_a_cursor_that_no_page_gave_is_refused(subtests: pytest.Subtests) -> None:
    for text in ("", "x", "=", "AAAA", "ä", "A" * 21, "A" * 22 + "=", "A" * 21 + "B", "A" * 2000):
        with subtests.test(text), pytest.raises(BadCursor):
            cursor.read(text)


ALL, BY_STATE, BY_EXPERIMENT, BY_LABEL = "runs_1", "ix_runs_state_id", "ix_runs_experiment_id", "PRIMARY KEY"


RANGES: list[tuple[dict[str, Any], str]] = [
    ({}, ALL),
    ({"state": State.DONE}, BY_STATE),
    ({"experiment": "race"}, BY_EXPERIMENT),
    ({"contender": "sync"}, BY_LABEL),
    ({"tag": "a"}, BY_LABEL),
    ({"tag": "a", "state": State.FAILED}, BY_LABEL),
    ({"contender": "sync", "state": State.QUEUED}, BY_STATE),
    ({"tag": "a", "contender": "sync", "state": State.DONE, "experiment": "race"}, BY_LABEL),
]


def test_a_page_is_a_range_of_an_index(records_lab: Lab, subtests: pytest.Subtests) -> None:
    """Nothing is sorted and no table read from end to end: the cost does not grow with the depth.

    On SQLite only: Postgres plans by its statistics, and reads a table of no rows from end to end.
    """

    async def plan(store: Store, filters: dict[str, Any], before: UUID | None) -> list[str]:
        query = listing(Filters(**filters), before).limit(100)
        async with store.database.reading() as connection:
            text = str(query.compile(connection.sync_connection, compile_kwargs={"literal_binds": True}))
            steps = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
            return [str(step.detail) for step in steps]

    for filters, index in RANGES:
        for before in (None, uuid7()):
            with subtests.test(filters=filters, before=before):
                steps = records_lab.play(partial(plan, filters=filters, before=before))
                assert all(step.startswith("SEARCH") for step in steps), f"wanted searches in indexes only, got {steps}"
                assert index in steps[0], f"wanted the range to be of {index}, got {steps}"
