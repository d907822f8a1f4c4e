"""The runner's side: one runner holds a run, and what a dead one held goes back to the queue, up to a bound."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from experiments.race import RaceSample
from experiments.schema.reports import Batch, Notice, Outcome
from rest import app as rest_app
from rest.app import reap_expired_leases
from rest.models import Filters, RunPatch, State, begun_run, new_run
from rest.settings import Settings
from rest.store import Store
from rest.store.errors import Busy, Conflict, LeaseLost, NotFound
from rest.store.leases import Lease
from tests.unit.databases import Lab, samples_of
from tests.unit.forkserver import CONTEXT

SILENCE = Settings().lease.total_seconds()
CANCEL = RunPatch(state="cancelled")


def sample(seq: int) -> RaceSample:
    nothing = dict.fromkeys(RaceSample.model_fields)
    return RaceSample.model_validate(nothing | {"contender": "sync", "seq": seq, "sent": 1.5})


def batch(number: int, *seqs: int) -> Batch[RaceSample]:
    return Batch[RaceSample](number=number, samples=[sample(seq) for seq in seqs])


async def queued(store: Store, **members: Any) -> UUID:
    return (await store.runs.create(new_run({"experiment": "race"} | members))).run.id


async def claimed(store: Store, runner: str = "runner") -> Lease:
    lease = await store.leases.claim(runner)
    assert lease is not None, "wanted a run to claim, got none"
    return lease


async def states(store: Store, run_id: UUID) -> list[Any]:
    tail = await store.events.after(run_id)
    return [each.data["state"] for each in tail.events if each.type == "state"]


# --- claiming ---------------------------------------------------------------------------------------------


def test_the_oldest_is_claimed_first_and_an_empty_queue_says_so(lab: Lab) -> None:
    async def story(store: Store) -> None:
        ids = [await queued(store) for _ in range(3)]
        leases = [await claimed(store) for _ in ids]
        assert [lease.run.id for lease in leases] == ids
        assert {lease.run.state for lease in leases} == {State.RUNNING}
        assert len({lease.token for lease in leases}) == 3
        assert await store.leases.claim("runner") is None

    lab.play(story)


def test_claims_at_once_never_hand_out_one_run_twice(lab: Lab) -> None:
    async def story(store: Store) -> None:
        ids = [await queued(store) for _ in range(20)]
        leases = await asyncio.gather(*(store.leases.claim(f"runner {number}") for number in range(40)))
        got = sorted(lease.run.id for lease in leases if lease)
        assert got == ids, f"wanted each of {len(ids)} runs once, got {len(got)}, {len(set(got))} different"

    lab.play(story)


def claim_all(settings: Settings, runner: str) -> list[UUID]:
    """What a process of its own claims, until nothing is left."""

    async def story(store: Store) -> list[UUID]:
        got = []
        while lease := await store.leases.claim(runner):
            got.append(lease.run.id)
        return got

    return Lab(settings).play(story)


def test_processes_never_hand_out_one_run_twice(lab: Lab) -> None:
    async def story(store: Store) -> list[UUID]:
        return [await queued(store) for _ in range(30)]

    ids = lab.play(story)
    with ProcessPoolExecutor(2, mp_context=CONTEXT) as processes:
        claims = [processes.submit(claim_all, lab.settings, f"runner {number}") for number in range(2)]
        got = sorted(run_id for each in claims for run_id in each.result(timeout=60))
    assert got == ids, f"wanted each of {len(ids)} runs once, got {len(got)}, {len(set(got))} different"


def alone_in_turn(settings: Settings, runner: str) -> int:
    """In a process of its own: how often it was the one that measures, and nobody else was, until all runs are done."""

    async def story(store: Store) -> int:
        turns = 0
        while True:
            lease = await store.leases.claim(runner, exclusive=True)
            if lease is None:
                if not (await store.runs.page(Filters(state=State.QUEUED), 1)).items:
                    return turns
                continue
            turns += 1
            running = (await store.runs.page(Filters(state=State.RUNNING), 10)).items
            assert [run.id for run in running] == [lease.run.id], "wanted one at a time"
            await store.leases.finish(lease.run.id, lease.token, Outcome(state="done"))

    return Lab(settings).play(story)


def test_of_exclusive_runners_one_measures_at_a_time_on_whatever_machine(lab: Lab) -> None:
    async def story(store: Store) -> None:
        for _ in range(12):
            await queued(store)

    lab.play(story)
    with ProcessPoolExecutor(2, mp_context=CONTEXT) as processes:
        turns = [processes.submit(alone_in_turn, lab.settings, f"runner {number}") for number in range(2)]
        assert sum(each.result(timeout=60) for each in turns) == 12


def test_an_exclusive_runner_waits_for_a_run_s_end_or_a_dead_runner_s_lease(lab: Lab) -> None:
    async def story(store: Store) -> None:
        first = await store.leases.begin(RACE, "first", exclusive=True)
        await queued(store)
        assert await store.leases.claim("second", exclusive=True) is None
        with pytest.raises(Busy, match="first is measuring"):
            await store.leases.begin(RACE, "second", exclusive=True)
        await store.leases.finish(first.run.id, first.token, Outcome(state="done"))
        second = await store.leases.claim("second", exclusive=True)
        assert second is not None
        lab.clock.tick(SILENCE)
        assert (await store.leases.begin(RACE, "third", exclusive=True)).run.state is State.RUNNING

    lab.play(story, lab.clock)


# --- holding ----------------------------------------------------------------------------------------------


def test_progress_is_seen_and_told(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        lease = await claimed(store)
        _, before = await store.runs.get(run_id)
        assert await store.leases.heartbeat(run_id, lease.token, 0.25) is State.RUNNING
        run, after = await store.runs.get(run_id)
        assert (run.progress, after) == (0.25, before + 1)
        await store.leases.heartbeat(run_id, lease.token, 0.25)
        await store.leases.heartbeat(run_id, lease.token)
        assert (await store.runs.get(run_id))[1] == after, "wanted no new revision where nothing can be seen"
        assert [each.data for each in (await store.events.after(run_id)).events][2:] == [{"progress": 0.25}]

    lab.play(story)


def test_the_environment_is_kept_from_the_beat_that_told_it_to_an_end_that_does_not(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        lease = await claimed(store)
        await store.leases.heartbeat(run_id, lease.token, environment={"cores": 2})
        run, record = await store.runs.get(run_id)
        assert run.environment == {"cores": 2}
        await store.leases.heartbeat(run_id, lease.token)
        assert await store.runs.get(run_id) == (run, record), "wanted nothing changed by a beat without one"
        await store.leases.finish(run_id, lease.token, Outcome(state="cancelled"))
        assert (await store.runs.get(run_id))[0].environment == {"cores": 2}

    lab.play(story)


def test_a_heartbeat_keeps_the_lease(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        lease = await claimed(store)
        for _ in range(5):
            lab.clock.tick(SILENCE - 1)
            assert await store.leases.heartbeat(run_id, lease.token) is State.RUNNING
            assert await store.leases.claim("another") is None

    lab.play(story, lab.clock)


def test_a_batch_keeps_the_lease(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        lease = await claimed(store)
        for number in range(1, 5):
            lab.clock.tick(SILENCE - 1)
            await store.leases.append(run_id, lease.token, batch(number, number))
            assert await store.leases.claim("another") is None

    lab.play(story, lab.clock)


def actions(store: Store, run_id: UUID, token: UUID) -> list[Any]:
    return [
        store.leases.heartbeat(run_id, token, 0.5),
        store.leases.append(run_id, token, batch(1, 1)),
        store.leases.finish(run_id, token, Outcome(state="done")),
    ]


def test_a_runner_that_was_silent_goes_on_as_long_as_nobody_took_its_run_back(
    lab: Lab, subtests: pytest.Subtests
) -> None:
    """A load that it sends may keep its requests from the records."""

    async def story(store: Store, number: int) -> None:
        run_id = await queued(store)
        token = (await claimed(store)).token
        lab.clock.tick(SILENCE)
        acting = actions(store, run_id, token)
        for other in acting[:number] + acting[number + 1 :]:
            other.close()
        await acting[number]
        assert await store.leases.claim("another") is None, "wanted the lease kept"
        await store.runs.delete(run_id)

    for number in range(3):
        with subtests.test(action=number):
            lab.play(partial(story, number=number), lab.clock)


async def nothing_happens(_store: Store) -> None:
    pass


async def another_claims(store: Store) -> None:
    await claimed(store, "another")


async def it_goes_back_to_the_queue(store: Store) -> None:
    await store.leases.expire()


def test_who_does_not_hold_the_run_changes_nothing(lab: Lab, subtests: pytest.Subtests) -> None:
    async def story(store: Store, happens: Callable[[Store], Awaitable[None]], own: bool) -> None:
        run_id = await queued(store)
        token = (await claimed(store)).token
        lab.clock.tick(SILENCE)
        await happens(store)
        before = await store.runs.get(run_id), await store.events.after(run_id)
        for acting in actions(store, run_id, token if own else uuid4()):
            with pytest.raises(LeaseLost):
                await acting
        assert (await store.runs.get(run_id), await store.events.after(run_id)) == before
        await store.runs.delete(run_id)

    for happens, own in ((nothing_happens, False), (another_claims, True), (it_goes_back_to_the_queue, True)):
        with subtests.test(happens.__name__):
            lab.play(partial(story, happens=happens, own=own), lab.clock)


# --- cancelled and deleted meanwhile ----------------------------------------------------------------------


def test_the_runner_of_a_cancelled_run_is_told_whatever_it_does(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        lease = await claimed(store)
        cancelled, _ = await store.runs.patch(run_id, CANCEL, None)
        for acting in actions(store, run_id, lease.token):
            assert await acting is State.CANCELLED
        assert (await store.runs.get(run_id))[0] == cancelled
        assert await states(store, run_id) == ["queued", "running", "cancelled"]
        assert await samples_of(store, run_id) == []

    lab.play(story)


def test_the_runner_of_a_deleted_run_finds_nothing(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        lease = await claimed(store)
        await store.runs.delete(run_id)
        for acting in actions(store, run_id, lease.token):
            with pytest.raises(NotFound):
                await acting

    lab.play(story)


# --- samples ----------------------------------------------------------------------------------------------


def test_samples_are_results_in_their_order_once(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        lease = await claimed(store)
        for each in (batch(1, 3, 1), batch(1, 3, 1), batch(2, 2), batch(1, 3, 1), batch(2, 2), batch(3)):
            await store.leases.append(run_id, lease.token, each)
        rows = await samples_of(store, run_id)
        assert rows == [sample(seq).model_dump() for seq in (3, 1, 2)]
        record = [each.data for each in (await store.events.after(run_id)).events if each.type == "sample"]
        assert record == rows

    lab.play(story)


def test_a_batch_that_is_sent_again_keeps_the_lease_too(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        lease = await claimed(store)
        for _ in range(4):
            assert await store.leases.append(run_id, lease.token, batch(1, 1)) is State.RUNNING
            lab.clock.tick(0.9 * lease.seconds)
        assert await samples_of(store, run_id) == [sample(1).model_dump()]

    lab.play(story, lab.clock)


def test_results_come_page_by_page(lab: Lab) -> None:
    async def story(store: Store) -> None:
        for count in (0, 2, 3, 5):
            run_id = await queued(store)
            lease = await claimed(store)
            notice = Notice(type="point")
            for number in range(count):
                each = Batch[RaceSample](number=number + 1, samples=[sample(number)], events=[notice])
                await store.leases.append(run_id, lease.token, each)
            pages = [[row["seq"] for row in page] async for page in store.events.results(run_id, limit=2)]
            assert pages == [list(range(begin, min(begin + 2, count))) for begin in range(0, count, 2)], count

    lab.play(story)


def test_a_batch_that_leaves_a_gap_is_refused(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        lease = await claimed(store)
        await store.leases.append(run_id, lease.token, batch(1, 1))
        with pytest.raises(Conflict, match="last one stored is 1"):
            await store.leases.append(run_id, lease.token, batch(3, 3))

    lab.play(story)


# --- ending -----------------------------------------------------------------------------------------------


def test_a_run_ends_as_its_runner_reports(lab: Lab, subtests: pytest.Subtests) -> None:
    async def story(store: Store, end: Any, progress: float) -> None:
        run_id = await queued(store)
        lease = await claimed(store)
        await store.leases.heartbeat(run_id, lease.token, 0.5)
        lab.clock.tick(3)
        outcome = Outcome(state=end, error="because", environment={"cores": 2})
        for _ in range(2):  # the answer to the first may have been lost
            assert await store.leases.finish(run_id, lease.token, outcome) == end
        run, _ = await store.runs.get(run_id)
        assert (run.state, run.progress, run.error, run.environment) == (end, progress, "because", {"cores": 2})
        assert (run.finished, await states(store, run_id)) == (lab.clock(), ["queued", "running", end])
        assert (await store.events.after(run_id)).ended

    for end, progress in (("done", 1), ("failed", 0.5), ("cancelled", 0.5)):
        with subtests.test(end=end):
            lab.play(partial(story, end=end, progress=progress), lab.clock)


# --- dead runners -----------------------------------------------------------------------------------------


def test_the_run_of_a_dead_runner_is_begun_again_by_another(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        dead = await claimed(store, "dead")
        await store.leases.append(run_id, dead.token, batch(1, 1, 2))
        await store.leases.heartbeat(run_id, dead.token, 0.5, {"cores": 2})
        lab.clock.tick(SILENCE - 0.001)
        assert await store.leases.claim("another") is None, "wanted the lease held to its end"
        lab.clock.tick(0.001)
        lease = await claimed(store, "another")
        assert (lease.run.id, lease.run.progress, lease.run.started) == (run_id, 0, lab.clock())
        assert lease.run.environment is None, "wanted another runner's machine forgotten"
        await store.leases.append(run_id, lease.token, batch(1, 7))
        assert [row["seq"] for row in await samples_of(store, run_id)] == [7], "wanted the last attempt's samples"
        assert await states(store, run_id) == ["queued", "running", "queued", "running"]

    lab.play(story, lab.clock)


def test_the_third_dead_runner_ends_the_run(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        for number in range(3):
            await claimed(store, f"runner {number}")
            lab.clock.tick(SILENCE)
        assert await store.leases.claim("runner 3") is None
        run, _ = await store.runs.get(run_id)
        assert (run.state, run.finished) == (State.FAILED, lab.clock())
        assert run.error == "Given up after 3 attempts: the lease of each runner expired, last that of 'runner 2'."
        assert (await store.events.after(run_id)).ended

    lab.play(story, lab.clock)


def test_a_run_whose_secrets_only_the_dead_runner_knew_is_not_measured_again(lab: Lab) -> None:
    """What is stored of them is [hidden], and would be sent."""
    params = {"workload": "request", "headers": ["Authorization: [hidden]"]}

    async def story(store: Store) -> None:
        run = begun_run({"experiment": "race", "params": params})
        lease = await store.leases.begin(run, "dead")
        lab.clock.tick(SILENCE)
        assert await store.leases.claim("another") is None
        run_now, _ = await store.runs.get(lease.run.id)
        assert (run_now.state, run_now.params["headers"]) == (State.FAILED, ["Authorization: [hidden]"])
        assert "Authorization" in str(run_now.error)

    lab.play(story, lab.clock)


def test_a_lease_ends_without_anybody_claiming(lab: Lab) -> None:
    async def story(store: Store) -> None:
        run_id = await queued(store)
        await claimed(store)
        assert await store.leases.expire() == 0
        lab.clock.tick(SILENCE)
        assert [await store.leases.expire() for _ in range(2)] == [1, 0]
        assert (await store.runs.get(run_id))[0].state is State.QUEUED

    lab.play(story, lab.clock)


# --- a run of the runner's own ----------------------------------------------------------------------------

RACE = new_run({"experiment": "race", "tags": ["own"]})


def test_a_run_that_is_begun_was_never_anybody_else_s_to_claim(lab: Lab) -> None:
    async def story(store: Store) -> None:
        lease = await store.leases.begin(RACE, "own")
        assert await store.leases.claim("another") is None
        run, revision = await store.runs.get(lease.run.id)
        assert (run, revision, run.state, run.tags) == (lease.run, 2, State.RUNNING, ["own"])
        assert (run.created, run.started, lease.seconds) == (lab.clock(), lab.clock(), SILENCE)
        assert await states(store, run.id) == ["queued", "running"]

    lab.play(story, lab.clock)


def test_runs_that_are_begun_while_others_claim_are_never_claimed(lab: Lab) -> None:
    async def story(store: Store) -> None:
        ids = [await queued(store) for _ in range(10)]
        begun, claims = await asyncio.gather(
            asyncio.gather(*(store.leases.begin(RACE, f"own {number}") for number in range(10))),
            asyncio.gather(*(store.leases.claim(f"runner {number}") for number in range(20))),
        )
        got = sorted(lease.run.id for lease in claims if lease)
        assert got == ids, f"wanted the {len(ids)} queued runs claimed and no other, got {len(got)}"
        assert len({lease.run.id for lease in begun} | set(ids)) == 20

    lab.play(story)


def test_the_token_of_a_run_that_was_begun_does_all_that_a_claim_s_does(lab: Lab) -> None:
    async def story(store: Store) -> None:
        lease = await store.leases.begin(RACE, "own")
        lab.clock.tick(SILENCE - 1)
        beat, handed, ended = actions(store, lease.run.id, lease.token)
        assert [await beat, await handed] == [State.RUNNING, State.RUNNING]
        lab.clock.tick(SILENCE - 1)
        assert await ended is State.DONE
        assert await samples_of(store, lease.run.id) == [sample(1).model_dump()]

    lab.play(story, lab.clock)


def test_a_run_that_was_begun_goes_to_the_queue_when_its_runner_falls_silent(lab: Lab) -> None:
    async def story(store: Store) -> None:
        lost = await store.leases.begin(RACE, "own")
        await store.leases.append(lost.run.id, lost.token, batch(1, 1))
        lab.clock.tick(SILENCE)
        lease = await claimed(store, "another")
        assert (lease.run.id, lease.run.started) == (lost.run.id, lab.clock())
        assert await samples_of(store, lease.run.id) == [], "wanted nothing of the lost attempt"
        for acting in actions(store, lost.run.id, lost.token):
            with pytest.raises(LeaseLost):
                await acting

    lab.play(story, lab.clock)


def test_a_run_that_was_begun_counts_as_the_first_of_the_attempts(lab: Lab) -> None:
    async def story(store: Store) -> None:
        lost = await store.leases.begin(RACE, "own")
        for number in range(2):
            lab.clock.tick(SILENCE)
            await claimed(store, f"runner {number}")
        lab.clock.tick(SILENCE)
        assert await store.leases.claim("runner 2") is None
        assert (await store.runs.get(lost.run.id))[0].state is State.FAILED

    lab.play(story, lab.clock)


# --- when no runner claims ---------------------------------------------------------------------------------


def test_a_round_that_was_held_up_takes_no_run_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service received no heartbeat meanwhile, also from live runners; the next round shows."""
    lease, held_up = 0.1, 0.3  # seconds

    async def run() -> tuple[float, float]:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()

        class Expiring:
            async def expire(self) -> int:
                expired.append(loop.time())
                stopping.set()
                return 0

        class Opened:
            leases = Expiring()

        expired = list[float]()
        rounds = asyncio.create_task(reap_expired_leases(cast(Store, Opened()), lease, stopping))
        await asyncio.sleep(0)
        time.sleep(held_up)
        free = loop.time()
        async with asyncio.timeout(10):
            await rounds
        return free, expired[0]

    monkeypatch.setattr(rest_app, "HELD_UP", 0.05)
    free, expired = asyncio.run(run())
    assert expired - free >= lease - 0.001, "wanted a whole round after it, in which heartbeats arrive"
