"""A run's events as a client watches them: in order, resumed exactly behind the last, and ending with the run."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sse_starlette.sse import AppStatus
from starlette.testclient import TestClient

from contender.asgi import Message
from experiments.schema.reports import Batch, Notice, Outcome
from rest.app import app
from rest.models import RunPatch, new_run
from rest.store import Store
from tests.unit.databases import Lab
from tests.unit.interface import DISCONNECT, GUARD, Connection, body_messages, http_scope
from tests.unit.service import MOUNT, answered, problem

EVENT_STREAM = "text/event-stream"
Event = tuple[int, str, dict[str, Any]]


def parsed(text: str) -> list[Event]:
    """The events of a stream, each with its id, type and data; comments (pings) are none."""
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    fields = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
    return [(int(each["id"]), each["event"], json.loads(each["data"])) for each in fields]


# --- a run that has ended -----------------------------------------------------------------------------


async def finished(store: Store) -> UUID:
    """A run with six events."""
    run_id = (await store.runs.create(new_run({"experiment": "race"}))).run.id
    lease = await store.leases.claim("runner")
    assert lease is not None
    await store.leases.heartbeat(run_id, lease.token, 0.5)
    notices = [Notice(type="point", data={"text": "ä\n\nid: 9\r"}), Notice(type="bottleneck")]
    await store.leases.append(run_id, lease.token, Batch(number=1, events=notices))
    await store.leases.finish(run_id, lease.token, Outcome(state="failed", error="no water"))
    return run_id


WHOLE: list[Event] = [
    (1, "state", {"state": "queued"}),
    (2, "state", {"state": "running"}),
    (3, "progress", {"progress": 0.5}),
    (4, "point", {"text": "ä\n\nid: 9\r"}),
    (5, "bottleneck", {}),
    (6, "state", {"state": "failed", "error": "no water"}),
]


@pytest.fixture
def path(rest: TestClient, records_lab: Lab) -> str:
    """Of the events of a run that has ended."""
    return f"/runs/{records_lab.play(finished)}/events"


def test_the_events_of_a_run_that_has_ended_come_in_order_and_end(rest: TestClient, path: str) -> None:
    whole = answered(rest.get(path), 200, EVENT_STREAM)
    assert parsed(whole.text) == WHOLE
    assert whole.headers["Cache-Control"] == "no-store", whole.headers
    assert whole.headers["X-Accel-Buffering"] == "no", "wanted no proxy to keep events together"


def test_a_client_goes_on_exactly_behind_what_it_has_seen(
    rest: TestClient, path: str, subtests: pytest.Subtests
) -> None:
    for seen in range(6):
        with subtests.test(seen=seen):
            resumed = answered(rest.get(path, headers={"Last-Event-ID": str(seen)}), 200, EVENT_STREAM)
            assert parsed(resumed.text) == WHOLE[seen:]


def test_a_client_that_has_seen_all_is_told_not_to_come_back(
    rest: TestClient, path: str, subtests: pytest.Subtests
) -> None:
    rows: list[str] = ["6", "006", "7", "999999999"]
    for seen in rows:
        with subtests.test(seen=seen):
            assert answered(rest.get(path, headers={"Last-Event-ID": seen}), 204).content == b""


def test_what_is_no_id_is_400(rest: TestClient, path: str, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["-1", "1.5", "x", "1 2", "0x1", "1_0", "+1", "9" * 10, "²", "٣"]
    for seen in rows:
        with subtests.test(seen=seen):
            refused = rest.get(path, headers={b"Last-Event-ID": seen.encode()})
            assert "Last-Event-ID" in problem(refused, 400)["detail"]


def test_a_client_that_has_seen_nothing_begins_at_the_first(rest: TestClient, path: str) -> None:
    """A browser sends an empty id back where none was given."""
    assert parsed(answered(rest.get(path, headers={"Last-Event-ID": ""}), 200).text) == WHOLE


def test_head_of_events_has_their_headers_and_ends(rest: TestClient, path: str) -> None:
    head = answered(rest.head(path), 200, EVENT_STREAM)
    assert (head.content, head.headers["Cache-Control"]) == (b"", "no-store")


def test_events_are_to_be_had_as_events_only(rest: TestClient, path: str, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["application/json", "text/html"]
    for accept in rows:
        with subtests.test(accept=accept):
            assert EVENT_STREAM in problem(rest.get(path, headers={"Accept": accept}), 406)["detail"]


def test_the_events_of_a_run_that_is_not_there_are_404(rest: TestClient) -> None:
    problem(rest.get(f"/runs/{uuid4()}/events"), 404)


# --- while it happens ---------------------------------------------------------------------------------


class Watcher(Connection):
    """A client that tells when it has received an event of an id."""

    def __init__(self) -> None:
        super().__init__(*body_messages(b""))
        self.text = ""
        self.arrived = asyncio.Condition()

    async def send(self, message: Message) -> None:
        await super().send(message)
        async with self.arrived:
            self.text += message.get("body", b"").decode()
            self.arrived.notify_all()

    async def has(self, event_id: int) -> None:
        async with self.arrived:
            await self.arrived.wait_for(lambda: any(event[0] == event_id for event in parsed(self.text)))


type Happens = Callable[[Store, UUID, Watcher], Awaitable[None]]


def watched(records_lab: Lab, happens: Happens, **headers: str) -> Watcher:
    """What a client has received of a queued run when its stream ended, while this happened through another store."""

    async def story(writer: Store) -> Watcher:
        run_id = (await writer.runs.create(new_run({"experiment": "race"}))).run.id
        reader, watcher = Store.open(records_lab.settings), Watcher()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        scope = http_scope(f"/runs/{run_id}/events", headers=named, mount=MOUNT) | {"state": {"store": reader}}
        try:
            async with asyncio.timeout(GUARD), asyncio.TaskGroup() as group:
                group.create_task(app(scope, watcher.receive, watcher.send))  # type: ignore[arg-type]
                group.create_task(happens(writer, run_id, watcher))  # type: ignore[arg-type]
        finally:
            await reader.close()
        return watcher

    return records_lab.play(story)


async def race(writer: Store, run_id: UUID, watcher: Watcher) -> None:
    """Each step is taken when the one before it has arrived."""
    await watcher.has(1)
    lease = await writer.leases.claim("runner")
    assert lease is not None
    await watcher.has(2)
    await writer.leases.heartbeat(run_id, lease.token, 0.5)
    await watcher.has(3)
    await writer.leases.finish(run_id, lease.token, Outcome(state="done"))


def test_a_watcher_sees_what_another_worker_writes_and_ends_with_the_run(records_lab: Lab) -> None:
    watcher = watched(records_lab, race)
    assert parsed(watcher.text) == [*WHOLE[:3], (4, "state", {"state": "done"})]
    assert watcher.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


def test_a_watcher_of_a_queued_run_ends_when_it_is_cancelled(records_lab: Lab) -> None:
    async def cancel(writer: Store, run_id: UUID, watcher: Watcher) -> None:
        await watcher.has(1)
        await writer.runs.patch(run_id, RunPatch(state="cancelled"), None)

    assert parsed(watched(records_lab, cancel).text) == [WHOLE[0], (2, "state", {"state": "cancelled"})]


def test_a_watcher_of_a_run_that_is_deleted_ends(records_lab: Lab) -> None:
    async def delete(writer: Store, run_id: UUID, watcher: Watcher) -> None:
        await watcher.has(1)
        await writer.runs.delete(run_id)

    watcher = watched(records_lab, delete)
    assert (parsed(watcher.text), watcher.sent[-1]["more_body"]) == (WHOLE[:1], False)


def test_a_watcher_that_is_ahead_waits_for_what_is_behind(records_lab: Lab) -> None:
    async def claim_and_cancel(writer: Store, run_id: UUID, watcher: Watcher) -> None:
        await writer.leases.claim("runner")
        await writer.runs.patch(run_id, RunPatch(state="cancelled"), None)

    watcher = watched(records_lab, claim_and_cancel, Last_Event_ID="2")
    assert parsed(watcher.text) == [(3, "state", {"state": "cancelled"})]


def test_a_watcher_that_goes_away_ends_its_stream(records_lab: Lab) -> None:
    async def leave(writer: Store, run_id: UUID, watcher: Watcher) -> None:
        await watcher.has(1)
        watcher.deliver(DISCONNECT)

    assert parsed(watched(records_lab, leave).text) == WHOLE[:1]


def test_a_server_that_stops_ends_its_streams_whole(records_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not cut off: with the end that a client can tell from a broken connection."""
    monkeypatch.setattr(AppStatus, "should_exit", False)  # and back to it afterwards

    async def stop(writer: Store, run_id: UUID, watcher: Watcher) -> None:
        await watcher.has(1)
        AppStatus.should_exit = True

    watcher = watched(records_lab, stop)
    assert (parsed(watcher.text), watcher.sent[-1]["more_body"]) == (WHOLE[:1], False)


def test_more_events_than_one_question_answers_all_arrive(records_lab: Lab) -> None:
    async def many(writer: Store, run_id: UUID, watcher: Watcher) -> None:
        lease = await writer.leases.claim("runner")
        assert lease is not None
        for number in (1, 2, 3):
            notices = [Notice(type="point") for _ in range(1000)]
            await writer.leases.append(run_id, lease.token, Batch(number=number, events=notices))
        await writer.leases.finish(run_id, lease.token, Outcome(state="done"))

    assert [event[0] for event in parsed(watched(records_lab, many).text)] == [*range(1, 3004)]
