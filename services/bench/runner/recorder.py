"""Hands a run's rows and events in to the records while it is measured, also when they are away for a while."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from bench.messages import Listener, RowMeasured, StageBegan
from bench.notices import Notice
from bench.runner.records import Lease, Lost, Records, Unreachable

BEAT = 0.5  # seconds; a cancelled run is to stop within one
FLUSH = 0.2  # seconds between batches: bars of a race appear as they happen
PATIENCE = 60.0  # seconds for the end of a run: several restarts of the records; then its lease has long run out
PAUSE = 0.5  # seconds between two tries
BATCH = 1000  # rows: what the records take at once
LONGEST = 2000  # characters of an error that they take: see experiments.schema.samples.Text


class Stopped(Exception):
    """The run is to end here; the text is why."""


class Recorder(Listener):
    def __init__(self, records: Records, lease: Lease) -> None:
        self._records = records
        self._lease = lease
        self._waiting: deque[RowMeasured | Notice] = deque()
        self._batch: dict[str, Any] | None = None  # on its way: repeated as it is until it is acknowledged
        self._number = 0
        self._progress = Progress()
        self._environment: dict[str, Any] | None = None  # until it is acknowledged
        self._last_beat = 0.0
        self._last_flush = 0.0

    def on_environment(self, environment: dict[str, Any]) -> None:
        self._environment = environment

    def began(self, stage: StageBegan) -> None:
        self._progress.begin(stage)

    def on_sample(self, sample: RowMeasured) -> None:
        self._waiting.append(sample)

    def on_notice(self, notice: Notice) -> None:
        self._waiting.append(notice)

    def turn(self) -> None:
        """Hands in what there is, and shows that the runner lives; raises Stopped when the run is to end."""
        now = time.monotonic()
        try:
            if now - self._last_flush >= FLUSH and (self._waiting or self._batch):
                self._last_flush = now
                self._hand_in()
            if now - self._last_beat >= BEAT:
                self._last_beat = now
                self._beat()
        except Unreachable:
            self._last_flush = self._last_beat = now + PAUSE  # it restarts, or is the one that is being loaded

    def finish(self, state: str, error: str | None, environment: dict[str, Any] | None) -> None:
        """Hands in the rest and ends the run. Raises Unreachable after a minute, Stopped, and Refused."""
        outcome = {"state": state, "error": None if error is None else _storable(error), "environment": environment}
        end = time.monotonic() + PATIENCE
        while True:
            try:
                while self._waiting or self._batch:
                    self._hand_in()
                self._holding(lambda: self._records.finish(self._lease, outcome))
                return
            except Unreachable:
                if time.monotonic() > end:
                    raise
                time.sleep(PAUSE)

    def drop(self) -> None:
        """Forgets what was not taken yet: the records refuse it, and would again."""
        self._waiting.clear()
        if self._batch is not None:
            self._batch = None
            self._number -= 1

    def _beat(self) -> None:
        environment = self._environment
        state = self._holding(lambda: self._records.heartbeat(self._lease, self._progress.now(), environment))
        self._environment = None
        self._go_on(state)

    def _hand_in(self) -> None:
        if self._batch is None:
            self._number += 1
            self._batch = self._next_batch()
        batch = self._batch
        state = self._holding(lambda: self._records.hand_in(self._lease, batch))
        self._batch = None
        self._go_on(state)

    def _holding(self, request: Callable[[], str]) -> str:
        try:
            return request()
        except Lost as lost:
            raise Stopped(str(lost)) from lost

    def _next_batch(self) -> dict[str, Any]:
        taken = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        samples = [each.row for each in taken if isinstance(each, RowMeasured)]
        events = [{"type": each.type, "data": each.document()} for each in taken if isinstance(each, Notice)]
        return {"number": self._number, "samples": samples, "events": events}

    def _go_on(self, state: str) -> None:
        if state != "running":
            raise Stopped(state)


def _storable(text: str) -> str:
    """Some library's message, as the records take a text: of a limited length, in UTF-8, and without NUL."""
    return text[:LONGEST].encode(errors="replace").decode().replace("\0", "\ufffd")


class Progress:
    """How far the run is, from 0 to 1: within a stage it follows the clock."""

    def __init__(self) -> None:
        self._stage = StageBegan("", 0, 0, 1)
        self._since = time.monotonic()

    def begin(self, stage: StageBegan) -> None:
        self._stage, self._since = stage, time.monotonic()

    def now(self) -> float:
        stage = self._stage
        share = min(1.0, (time.monotonic() - self._since) / stage.seconds) if stage.seconds else 1.0
        return stage.done + (stage.until - stage.done) * share
