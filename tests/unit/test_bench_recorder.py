"""A run's records are kept while it is measured: in order, once, and through every absence of the real service."""

from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from bench.messages import RowMeasured, StageBegan
from bench.notices import Measuring, of
from bench.runner import recorder as module
from bench.runner.recorder import BATCH, BEAT, FLUSH, PATIENCE, PAUSE, Progress, Recorder, Stopped
from bench.runner.records import Lease, Records, Refused, Unreachable
from tests.unit.bench_rows import point_row, race_row
from tests.unit.live_service import LiveService
from tests.unit.service import RACE

ENVIRONMENT = {"cores": 2}


class Time(SimpleNamespace):
    """A clock that advances only in a sleep, or by a test; `asleep` is what happens meanwhile."""

    def __init__(self) -> None:
        super().__init__(now=1000.0, asleep=lambda: None)

    def monotonic(self) -> float:
        return float(self.now)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.asleep()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(module, "time", time)
    return time


class Losing(HTTPAdapter):
    """A network that loses answers: the service gets every request, and the bench no answer to the first few."""

    lost = 0
    sent: list[str]

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        answer = super().send(request, *args, **kwargs)
        self.sent.append(str(request.url).rpartition("/")[2])
        if self.lost:
            self.lost -= 1
            raise requests.ConnectionError("the answer is lost")
        return answer


class Kept(SimpleNamespace):
    records: Records
    lease: Lease
    recorder: Recorder
    network: Losing

    def rows(self) -> list[int]:
        return [row["seq"] for row in self.service.results(self.lease.run)]

    def run(self) -> dict[str, Any]:
        return self.records.run(self.lease.run["id"])


@pytest.fixture
def kept(service: LiveService, clock: Time) -> Kept:
    """A run that is held by a bench whose clock the test controls."""
    return begun(service)


def begun(service: LiveService) -> Kept:
    records, network = Records(service.url), Losing()
    network.sent = []
    records._session.mount("http://", network)
    lease = records.begin(RACE, "bench-1")
    network.sent.clear()
    return Kept(service=service, records=records, lease=lease, recorder=Recorder(records, lease), network=network)


def take(recorder: Recorder, *seqs: int) -> None:
    for seq in seqs:
        recorder.on_sample(RowMeasured(race_row(seq).model_dump(mode="json")))


# --- in order, and when -------------------------------------------------------------------------------


def test_rows_and_notices_arrive_in_their_order(kept: Kept, clock: Time) -> None:
    for number in range(3):
        take(kept.recorder, 2 * number, 2 * number + 1)
        kept.recorder.on_notice(Measuring(what=str(number)))
        clock.sleep(1)
        kept.recorder.turn()
    kept.recorder.finish("done", None, ENVIRONMENT)
    assert kept.rows() == [*range(6)]
    notices = of(Measuring, kept.records.notices(kept.lease.run["id"]))
    assert [each.what for each in notices] == ["0", "1", "2"]
    assert (kept.run()["state"], kept.run()["environment"]) == ("done", ENVIRONMENT)


def test_more_than_a_batch_goes_in_several(kept: Kept) -> None:
    take(kept.recorder, *range(2 * BATCH + 7))
    kept.recorder.finish("done", None, None)
    assert kept.network.sent == ["samples"] * 3 + ["finish"]
    assert kept.rows() == [*range(2 * BATCH + 7)]


def test_a_turn_flushes_and_beats_no_more_often_than_it_should(kept: Kept, clock: Time) -> None:
    take(kept.recorder, 0)
    kept.recorder.turn()
    assert kept.network.sent == ["samples", "heartbeat"]
    take(kept.recorder, 1)
    clock.now += FLUSH - 0.01
    kept.recorder.turn()
    assert kept.network.sent == ["samples", "heartbeat"], "wanted a pause between batches"
    clock.now += 0.02
    kept.recorder.turn()
    assert kept.network.sent == ["samples", "heartbeat", "samples"]
    clock.now += BEAT - FLUSH
    kept.recorder.turn()
    assert kept.network.sent == ["samples", "heartbeat", "samples", "heartbeat"], "wanted nothing but a heartbeat"
    assert BEAT + FLUSH <= 1, "wanted a cancelled run stopped within a second"


def test_the_environment_goes_with_a_heartbeat_until_it_is_acknowledged(kept: Kept, clock: Time) -> None:
    """A run that a client cancels is over before its bench can say anything more."""
    kept.recorder.on_environment(ENVIRONMENT)
    kept.service.stop()
    kept.recorder.turn()
    kept.service.start()
    clock.now += 2 * PAUSE + BEAT
    kept.network.lost = 1
    kept.recorder.turn()
    clock.now += 2 * PAUSE + BEAT
    kept.recorder.turn()
    got = kept.run()["environment"]
    assert got == ENVIRONMENT, f"after a heartbeat that was lost, and an answer: wanted {ENVIRONMENT}, got {got}"
    before = kept.service.revision(kept.lease.run)
    clock.now += BEAT
    kept.recorder.turn()
    assert kept.service.revision(kept.lease.run) == before, "wanted it sent once, and nothing new since"


def test_progress_follows_the_clock_within_a_stretch(kept: Kept, clock: Time) -> None:
    kept.recorder.began(StageBegan("sync", 0.2, 0.6, seconds=10))
    clock.sleep(5)
    kept.recorder.turn()
    assert kept.run()["progress"] == 0.4


# --- lost answers -------------------------------------------------------------------------------------


def test_a_batch_whose_answer_was_lost_is_handed_in_again_as_it_was(kept: Kept, clock: Time) -> None:
    take(kept.recorder, 0, 1)
    kept.network.lost = 1
    kept.recorder.turn()
    take(kept.recorder, 2)
    for _ in range(3):
        clock.sleep(2)
        kept.recorder.turn()
    assert kept.rows() == [0, 1, 2], "wanted each row once, and none lost"


def test_a_last_word_whose_answer_was_lost_is_said_again(kept: Kept) -> None:
    take(kept.recorder, 0)
    kept.network.lost = 2
    kept.recorder.finish("done", None, ENVIRONMENT)
    assert kept.network.sent == ["samples", "samples", "samples", "finish"]
    kept.network.sent.clear()
    kept.network.lost = 1
    kept.recorder.finish("done", None, ENVIRONMENT)
    assert kept.network.sent == ["finish", "finish"], "wanted the end, which is known by now, said once more"
    assert (kept.run()["state"], kept.rows()) == ("done", [0])


# --- the service is away ------------------------------------------------------------------------------


def test_nothing_is_lost_while_the_service_restarts(kept: Kept, clock: Time) -> None:
    take(kept.recorder, 0)
    kept.recorder.turn()
    kept.service.stop()
    for seq in (1, 2, 3):
        take(kept.recorder, seq)
        clock.sleep(2)
        kept.recorder.turn()
    kept.service.start()
    clock.sleep(2)
    kept.recorder.turn()
    take(kept.recorder, 4)
    kept.recorder.finish("done", None, None)
    assert kept.rows() == [0, 1, 2, 3, 4]


def test_a_service_that_is_away_is_left_in_peace_for_a_pause(kept: Kept, clock: Time) -> None:
    """And the measurement has the time: a try can take seconds."""
    kept.service.stop()
    take(kept.recorder, 0)
    kept.recorder.turn()
    kept.service.start()
    clock.now += PAUSE
    kept.recorder.turn()
    assert kept.network.sent == [], "wanted no try within the pause"
    clock.now += max(FLUSH, BEAT)
    kept.recorder.turn()
    assert kept.network.sent == ["samples", "heartbeat"]


def test_the_last_words_wait_for_a_service_that_comes_back(kept: Kept, clock: Time) -> None:
    take(kept.recorder, 0, 1)
    kept.service.stop()
    tries: list[float] = []

    def asleep() -> None:
        tries.append(clock.now)
        if len(tries) == 5:
            kept.service.start()

    clock.asleep = asleep
    kept.recorder.finish("failed", "no water", ENVIRONMENT)
    assert [round(at - tries[0], 3) for at in tries] == [PAUSE * number for number in range(5)]
    run = kept.run()
    assert (run["state"], run["error"], run["environment"]) == ("failed", "no water", ENVIRONMENT)
    assert kept.rows() == [0, 1]


def test_the_last_words_are_given_up_after_a_minute(kept: Kept, clock: Time) -> None:
    kept.service.stop()
    begin = clock.now
    with pytest.raises(Unreachable, match="is unreachable"):
        kept.recorder.finish("done", None, None)
    assert PATIENCE < clock.now - begin <= PATIENCE + 2 * PAUSE


# --- the run is not to go on --------------------------------------------------------------------------

Event = Callable[[LiveService, dict[str, Any]], Any]
ENDS: list[tuple[Event, str]] = [
    (LiveService.cancel, "cancelled"),
    (LiveService.delete, "No such run"),
    (lambda service, _run: service.lose_leases(), "lease is lost"),
]


def test_a_cancelled_run_stops_at_the_next_turn_and_its_end_changes_nothing(service: LiveService, clock: Time) -> None:
    for event, reason in ENDS:
        for rows in ((), (7,)):
            kept = begun(service)
            kept.recorder.turn()
            event(service, kept.lease.run)
            listed = kept.records.runs(10)
            take(kept.recorder, *rows)
            clock.sleep(BEAT)
            with pytest.raises(Stopped, match=reason):
                kept.recorder.turn()
            with suppress(Stopped):  # a cancelled run is ended by its runner's last request, which changes nothing
                kept.recorder.finish("done", None, ENVIRONMENT)
            assert kept.records.runs(10) == listed, f"{reason}, {rows}"


def test_what_the_records_refuse_is_not_sent_for_ever(kept: Kept) -> None:
    kept.recorder.on_sample(RowMeasured(point_row().model_dump(mode="json")))
    with pytest.raises(Refused, match="/batch/samples/0/status"):
        kept.recorder.turn()
    kept.recorder.drop()
    take(kept.recorder, 1)
    kept.recorder.finish("failed", "refused", None)
    assert (kept.rows(), kept.run()["state"]) == ([1], "failed"), "wanted what follows to be taken"


def test_any_error_can_end_a_run(service: LiveService, clock: Time) -> None:
    """An error is some library's text: one that the records cannot store must not cost the run its end."""
    for error in ("x" * 5000, "no\0water", "\0" * 3000, "\udcff"):
        kept = begun(service)
        kept.recorder.finish("failed", error, None)
        run = kept.run()
        assert run["state"] == "failed"
        assert run["error"][:2] == error[:2].replace("\0", "\ufffd").replace("\udcff", "?"), f"{run['error'][:50]!r}"


# --- progress -------------------------------------------------------------------------------------------


def test_progress_is_between_the_ends_of_its_stage(clock: Time) -> None:
    for stage, passed, now in (
        (None, 100, 0),
        (StageBegan("", 0, 1, 10), 0, 0),
        (StageBegan("", 0, 1, 10), 2.5, 0.25),
        (StageBegan("", 0.5, 1, 10), 5, 0.75),
        (StageBegan("", 0.5, 0.75, 10), 100, 0.75),
        (StageBegan("", 0.25, 0.5, 0), 0, 0.5),
    ):
        progress = Progress()
        if stage is not None:
            progress.begin(stage)
        clock.sleep(passed)
        assert progress.now() == now, f"{stage} after {passed} s"
