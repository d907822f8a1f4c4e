"""What happened to a run, for watchers: in order, without gaps, from any point on, from any writer."""

import asyncio
from uuid import UUID, uuid4

from experiments.schema.reports import Batch, Notice, Outcome
from rest.models import RunPatch, new_run
from rest.store import Store
from rest.store.events import Tail
from tests.unit.databases import Lab


async def running(store: Store) -> tuple[UUID, UUID]:
    run_id = (await store.runs.create(new_run({"experiment": "race"}))).run.id
    lease = await store.leases.claim("runner")
    assert lease is not None
    return run_id, lease.token


def ids(tail: Tail) -> list[int]:
    return [event.id for event in tail.events]


def test_events_are_resumed_behind_the_last_one_seen(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id, token = await running(store)
        notices = [Notice(type="point", data={"point": number}) for number in range(4)]
        await store.leases.append(run_id, token, Batch(number=1, events=notices))
        assert [ids(await store.events.after(run_id, seen)) for seen in (0, 4, 6, 99)] == [
            [*range(1, 7)],
            [5, 6],
            [],
            [],
        ]
        first = await store.events.after(run_id, limit=5)
        assert (ids(first), first.last) == ([1, 2, 3, 4, 5], 6)

    lab.play(story)


def test_the_end_is_told_with_the_last_event_and_not_before(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id, token = await running(store)
        assert not (await store.events.after(run_id, 2)).ended, "wanted more to come of a running run"
        await store.leases.finish(run_id, token, Outcome(state="done"))
        assert [(await store.events.after(run_id, seen, limit=2)).ended for seen in (0, 1, 2, 3)] == [
            False, True, True, True,
        ]  # fmt: skip

    lab.play(story)


def test_another_worker_sees_what_one_has_written(lab: Lab) -> None:
    async def story(store: Store) -> None:
        other = Store.open(lab.settings)
        try:
            run_id, token = await running(store)
            assert ids(await other.events.after(run_id)) == [1, 2]
            await store.leases.heartbeat(run_id, token, 0.5)
            assert ids(await other.events.after(run_id, 2)) == [3]
        finally:
            await other.close()

    lab.play(story)


def test_who_watches_sees_every_event_once_however_many_write(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id, token = await running(store)

        async def watch() -> list[int]:
            seen, tail = list[int](), await store.events.after(run_id)
            while not tail.ended:
                seen += ids(tail)
                tail = await store.events.after(run_id, seen[-1])
            return seen + ids(tail)

        async def write() -> None:
            await asyncio.gather(
                *(store.leases.heartbeat(run_id, token, number / 100) for number in range(1, 21)),
                *(store.runs.patch(run_id, RunPatch(note=f"note {number}"), None) for number in range(5)),
            )
            await store.leases.finish(run_id, token, Outcome(state="done"))

        seen, _ = await asyncio.gather(watch(), write())
        assert seen == [*range(1, 24)], f"wanted 23 events in order, each once, got {seen}"

    lab.play(story)


def test_the_runs_do_not_see_each_others_events(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id, token = await running(store)
        other, _ = await running(store)
        notices = [Notice(type="point", data={"of": str(uuid4())}) for _ in range(8)]
        await store.leases.append(run_id, token, Batch(number=1, events=notices))
        assert [ids(await store.events.after(other, seen)) for seen in (0, 5)] == [[1, 2], []]

    lab.play(story)
