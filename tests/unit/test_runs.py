"""The store as a client of the service sees it: runs are made once, and never overwritten unseen."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid7

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.schema.reports import Outcome
from rest.models import Filters, State
from rest.settings import Settings
from rest.store import Store
from rest.store.errors import Conflict, KeyReused, NotFound, Stale
from rest.store.runs import Created
from tests.unit.databases import Lab
from tests.unit.forkserver import CONTEXT
from tests.unit.requests_of_runs import few, patch, run_request

# --- making and reading -----------------------------------------------------------------------------------


def test_what_was_made_is_read_back(lab: Lab) -> None:
    async def story(store: Store) -> None:
        made = await store.runs.create(run_request(contenders=["gevent", "sync"], tags=["b", "a"], note="äöü\n"))
        assert (made.revision, made.created) == (1, True)
        assert await store.runs.get(made.run.id) == (made.run, 1)
        assert (made.run.contenders, made.run.tags, made.run.note) == (["gevent", "sync"], ["b", "a"], "äöü\n")
        assert made.run.params == {"workload": "io", "ms": 100, "requests": 20, "direct": False}
        assert (made.run.state, made.run.progress, made.run.created) == (State.QUEUED, 0, lab.clock())

    lab.play(story, lab.clock)


def test_what_is_not_there_is_not_found(lab: Lab) -> None:
    async def story(store: Store) -> None:
        for asking in (
            store.runs.get(uuid7()),
            store.runs.delete(uuid7(), {1}),
            store.runs.patch(uuid7(), patch(note="x"), None),
            store.events.after(uuid7()),
            store.leases.heartbeat(uuid7(), uuid7(), 0.5),
        ):
            with pytest.raises(NotFound):
                await asking

    lab.play(story)


def test_a_deleted_run_takes_all_of_it_along(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run = (await store.runs.create(run_request(tags=["t"]))).run
        await store.runs.delete(run.id, {1})
        assert (await store.runs.page(Filters(tag="t"), 10)).items == []
        for table in ("runs", "labels", "events"):
            async with store.database.reading() as connection:
                left = (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar()
            assert left == 0, f"wanted nothing left of the run in {table}, got {left} rows"

    lab.play(story)


# --- once for each key ------------------------------------------------------------------------------------


def test_a_repeated_request_has_the_run_of_the_first(lab: Lab) -> None:
    async def story(store: Store) -> None:
        first = await store.runs.create(run_request(note="x"), "key")
        again = await store.runs.create(run_request(note="x"), "key")
        assert (again.run, again.revision, again.created) == (first.run, 1, False)
        assert len((await store.runs.page(Filters(), 10)).items) == 1

    lab.play(story)


def test_a_key_with_another_body_is_refused_and_makes_nothing(lab: Lab) -> None:
    async def story(store: Store) -> None:
        await store.runs.create(run_request(note="x"), "key")
        with pytest.raises(KeyReused):
            await store.runs.create(run_request(note="y"), "key")
        assert len((await store.runs.page(Filters(), 10)).items) == 1

    lab.play(story)


def test_a_key_outlives_its_run(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run = (await store.runs.create(run_request(), "key")).run
        await store.runs.delete(run.id)
        with pytest.raises(Conflict, match="deleted"):
            await store.runs.create(run_request(), "key")

    lab.play(story)


def test_a_key_is_forgotten_after_a_day(lab: Lab) -> None:
    async def story(store: Store) -> list[bool]:
        made = []
        for hours in (0, 24, 1 / 60):
            lab.clock.tick(hours * 3600)
            made.append((await store.runs.create(run_request(), "key")).created)
        return made

    assert lab.play(story, lab.clock) == [True, False, True]


def test_the_same_request_sent_many_times_at_once_makes_one_run(lab: Lab) -> None:
    async def story(store: Store) -> list[Created]:
        return await asyncio.gather(*(store.runs.create(run_request(), "key") for _ in range(12)))

    made = lab.play(story)
    assert len({each.run.id for each in made}) == 1
    assert sorted(each.created for each in made) == [False] * 11 + [True]


@few
@given(requests=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), max_size=12))
def test_idempotency_is_that_of_a_dictionary(lab: Lab, requests: list[tuple[str, str]]) -> None:
    tag = str(uuid7())

    async def story(store: Store) -> int:
        known: dict[str, tuple[str, UUID]] = {}
        for key, note in requests:
            new = run_request(note=note, tags=[tag])
            if known.get(key, (note,))[0] != note:
                with pytest.raises(KeyReused):
                    await store.runs.create(new, f"{tag}{key}")
                continue
            made = await store.runs.create(new, f"{tag}{key}")
            assert made.created == (key not in known)
            assert known.setdefault(key, (note, made.run.id)) == (note, made.run.id)
        return len((await store.runs.page(Filters(tag=tag), 100)).items)

    assert lab.play(story) == len({key for key, _ in requests})


# --- changing ---------------------------------------------------------------------------------------------


def test_a_patch_changes_what_it_names_and_the_revision(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run = (await store.runs.create(run_request(note="x", tags=["old", "both"]))).run
        changed, revision = await store.runs.patch(run.id, patch(tags=["both", "new"]), {7, 1})
        assert (changed, revision) == (run.model_copy(update={"tags": ["both", "new"]}), 2)
        listed = {tag: len((await store.runs.page(Filters(tag=tag), 10)).items) for tag in ("old", "both", "new")}
        assert listed == {"old": 0, "both": 1, "new": 1}
        assert (await store.runs.page(Filters(contender="sync"), 10)).items == [changed]

    lab.play(story)


def test_a_patch_that_changes_nothing_leaves_the_revision(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run = (await store.runs.create(run_request(note="x"))).run
        for nothing in (patch(), patch(note="x"), patch(tags=None)):
            assert await store.runs.patch(run.id, nothing, {1}) == (run, 1)

    lab.play(story)


def test_a_stale_change_is_refused_and_changes_nothing(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run = (await store.runs.create(run_request())).run
        await store.runs.patch(run.id, patch(note="first"), {1})
        for revisions in ({1}, set[int](), {3}):
            with pytest.raises(Stale):
                await store.runs.patch(run.id, patch(note="second"), revisions)
            with pytest.raises(Stale):
                await store.runs.delete(run.id, revisions)
        changed, revision = await store.runs.get(run.id)
        assert (changed.note, revision) == ("first", 2)

    lab.play(story)


def test_of_changes_at_once_one_wins_and_the_others_are_stale(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run = (await store.runs.create(run_request())).run
        notes = [f"note {number}" for number in range(12)]
        changes = (store.runs.patch(run.id, patch(note=note), {1}) for note in notes)
        got = await asyncio.gather(*changes, return_exceptions=True)
        won = [note for note, each in zip(notes, got, strict=True) if not isinstance(each, BaseException)]
        assert {type(each) for each in got} == {tuple, Stale}, f"wanted all others stale, got {got}"
        changed, revision = await store.runs.get(run.id)
        assert (won, revision) == ([changed.note], 2)

    lab.play(story)


def test_changes_that_ask_for_no_revision_are_all_counted(lab: Lab) -> None:
    async def story(store: Store) -> int:
        run = (await store.runs.create(run_request())).run
        await asyncio.gather(*(store.runs.patch(run.id, patch(note=f"note {number}"), None) for number in range(12)))
        return (await store.runs.get(run.id))[1]

    assert lab.play(story) == 13


def count_up(settings: Settings, run_id: UUID, times: int) -> None:
    """Adds to the number in a note, as a client that reads, changes, and begins anew when it was stale."""

    async def story(store: Store) -> None:
        for _ in range(times):
            while True:
                run, revision = await store.runs.get(run_id)
                with suppress(Stale):
                    await store.runs.patch(run_id, patch(note=str(int(run.note) + 1)), {revision})
                    break

    Lab(settings).play(story)


def test_no_change_is_lost_between_processes(lab: Lab) -> None:
    run = lab.play(lambda store: store.runs.create(run_request(note="0"))).run
    with ProcessPoolExecutor(2, mp_context=CONTEXT) as processes:
        for each in [processes.submit(count_up, lab.settings, run.id, 15) for _ in range(2)]:
            each.result(timeout=60)
    changed, revision = lab.play(lambda store: store.runs.get(run.id))
    assert (changed.note, revision) == ("30", 31)


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
TAGS = st.lists(st.text("abc", min_size=1, max_size=2), max_size=4, unique=True)
PATCHES = st.fixed_dictionaries({}, optional={"note": st.none() | TEXTS, "tags": st.none() | TAGS})


@few
@given(patches=st.lists(PATCHES, max_size=6))
def test_patches_merge_as_in_rfc_7396(lab: Lab, patches: list[dict[str, Any]]) -> None:
    async def story(store: Store) -> None:
        made = await store.runs.create(run_request(note="first", tags=["a"]))
        wanted, revision = made.run, made.revision
        for each in patches:
            empty = {"note": "", "tags": []}
            wanted = wanted.model_copy(update={k: empty[k] if v is None else v for k, v in each.items()})
            got, revision = await store.runs.patch(wanted.id, patch(**each), {revision})
            assert got == wanted
        listed = [tag for tag in "abc" if wanted in (await store.runs.page(Filters(tag=tag), 100)).items]
        assert listed == sorted(tag for tag in wanted.tags if len(tag) == 1)

    lab.play(story)


# --- cancelling -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claimed", [False, True], ids=["queued", "running"])
def test_a_run_can_be_cancelled(lab: Lab, claimed: bool) -> None:
    async def story(store: Store) -> None:
        run = (await store.runs.create(run_request())).run
        if claimed:
            await store.leases.claim("runner")
        lab.clock.tick(1)
        cancelled, _ = await store.runs.patch(run.id, patch(state="cancelled"), None)
        assert (cancelled.state, cancelled.finished) == (State.CANCELLED, lab.clock())
        assert await store.leases.claim("runner") is None, "wanted a cancelled run handed to no runner"
        again, _ = await store.runs.patch(run.id, patch(state="cancelled"), None)
        assert again == cancelled, "wanted a merge patch to be idempotent"
        assert (await store.events.after(run.id)).events[-1].data == {"state": "cancelled"}

    lab.play(story, lab.clock)


@pytest.mark.parametrize("end", ["done", "failed"])
def test_what_has_ended_cannot_be_cancelled(lab: Lab, end: Any) -> None:
    async def story(store: Store) -> None:
        run = (await store.runs.create(run_request())).run
        lease = await store.leases.claim("runner")
        assert lease is not None
        await store.leases.finish(run.id, lease.token, Outcome(state=end))
        with pytest.raises(Conflict, match=end):
            await store.runs.patch(run.id, patch(state="cancelled", note="also not"), None)
        assert (await store.runs.get(run.id))[0].note == ""

    lab.play(story)
