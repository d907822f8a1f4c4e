"""Keeps a run's records at the REST service while it is measured, also when that service is away for a while."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from bench.messages import Began, Described, Message, Noticed, Row, Sampled
from bench.runner.records import Lease, Lost, Records, Unreachable

BEAT = 0.5  # seconds; a cancelled run is to stop within one
FLUSH = 0.2  # seconds between batches: bars of a race appear as they happen
PATIENCE = 60.0  # seconds for the last words: several restarts of the service; then the lease has long run out
PAUSE = 0.5  # seconds between two tries
BATCH = 1000  # rows: what the service takes at once
LONGEST = 2000  # characters of an error, which it takes too: see experiments.samples.Text


class Stopped(Exception):
    """The run is to end here; the text says why."""


class Keeping:
    def __init__(self, records: Records, lease: Lease) -> None:
        self._records = records
        self._lease = lease
        self._waiting: deque[Sampled | Noticed] = deque()
        self._batch: dict[str, Any] | None = None  # on its way: repeated as it is until it is acknowledged
        self._number = 0
        self._progress = Progress()
        self._environment: dict[str, Any] | None = None  # until it is acknowledged
        self._last_beat = 0.0
        self._last_flush = 0.0

    def take(self, message: Message) -> None:
        if isinstance(message, Described):
            self._environment = message.environment
        elif isinstance(message, Began):
            self._progress.begin(message)
        elif isinstance(message, Sampled | Noticed):
            self._waiting.append(message)

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
                self._said(lambda: self._records.finish(self._lease, outcome))
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
        state = self._said(lambda: self._records.heartbeat(self._lease, self._progress.now(), environment))
        self._environment = None
        self._heard(state)

    def _hand_in(self) -> None:
        if self._batch is None:
            self._number += 1
            self._batch = self._next_batch()
        batch = self._batch
        state = self._said(lambda: self._records.hand_in(self._lease, batch))
        self._batch = None
        self._heard(state)

    def _said(self, say: Callable[[], str]) -> str:
        try:
            return say()
        except Lost as lost:
            raise Stopped(str(lost)) from lost

    def _next_batch(self) -> dict[str, Any]:
        taken = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        samples: list[Row] = [each.row for each in taken if isinstance(each, Sampled)]
        events = [{"type": each.type, "data": each.data} for each in taken if isinstance(each, Noticed)]
        return {"number": self._number, "samples": samples, "events": events}

    def _heard(self, state: str) -> None:
        if state != "running":
            raise Stopped(state)


def _storable(text: str) -> str:
    """Some library's words, as the records take a text: of a limited length, in UTF-8, and without NUL."""
    return text[:LONGEST].encode(errors="replace").decode().replace("\0", "\ufffd")


class Progress:
    """How far the run is, from 0 to 1: within a stretch it follows the clock."""

    def __init__(self) -> None:
        self._stretch = Began("", 0, 0, 1)
        self._since = time.monotonic()

    def begin(self, stretch: Began) -> None:
        self._stretch, self._since = stretch, time.monotonic()

    def now(self) -> float:
        stretch = self._stretch
        share = min(1.0, (time.monotonic() - self._since) / stretch.seconds) if stretch.seconds else 1.0
        return stretch.done + (stretch.until - stretch.done) * share
