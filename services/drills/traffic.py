"""The steady load of a drill, an open loop to every target at once: what a fault costs is what users would lose."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from statistics import median

from bench.loadgen import Exchange, Request, Window, constant, get, open_loop

RATE = 20.0  # requests a second to each target: half of what `sync` can serve with two workers, at 50 ms a request
TIMEOUT = 10.0  # seconds; a user has gone by then
LONGEST = 3600.0  # seconds of a schedule: all drills take a sixth of it

CALM = 20  # answers in a row, one second of them, make a recovery
SLOW = 0.25  # seconds more than usual: a request that waits so long noticed the fault

Edge = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a request ended; seconds by `bench.loadgen.clock`, from when it was due."""

    due: float
    ended: float
    error: str | None = None

    @property
    def seconds(self) -> float:
        return self.ended - self.due


def request(target: str, edge: Edge) -> Request:
    """A request that is on its way for 50 ms, so that a fault finds some; of the records their newest run."""
    host = f"{edge[0]}:{edge[1]}"
    if target == "records":
        return get((edge,), host, "/starlette/runs?limit=1", part=b'"items"')
    return get((edge,), host, f"/{target}/io?ms=50", service=target)


class Traffic:
    """What each target has been answered so far."""

    def __init__(self, targets: Iterable[str], edge: Edge) -> None:
        self.targets, self._edge = tuple(targets), edge
        self._answers: dict[str, list[Answer]] = defaultdict(list)

    @contextlib.asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """While the load runs, which is stopped in the middle: what is in flight then is not counted."""
        loads = [asyncio.create_task(self._load(target)) for target in self.targets]
        try:
            yield
        finally:
            for load in loads:
                load.cancel()
            await asyncio.gather(*loads, return_exceptions=True)

    async def _load(self, target: str) -> None:
        def ended(exchange: Exchange) -> None:
            assert exchange.ended is not None
            self._answers[target].append(Answer(exchange.due, exchange.ended, exchange.error))

        schedule = constant(RATE, LONGEST)
        await open_loop(request(target, self._edge), schedule, Window(0, LONGEST), TIMEOUT, on_exchange=ended)

    def of(self, target: str, since: float) -> list[Answer]:
        """Those that had not ended by then, in the order in which they were due."""
        return sorted((each for each in self._answers[target] if each.ended >= since), key=lambda each: each.due)

    def usual(self, target: str) -> float:
        """Seconds that the last two seconds' requests took, the median."""
        return median(each.seconds for each in self._answers[target][-2 * CALM :])

    def is_complete(self, target: str, until: float) -> bool:
        """Whether all that was due by then has ended, since nothing may be lost from sight."""
        answers = self._answers[target]
        first = min((each.due for each in answers), default=until)
        return sum(each.due <= until for each in answers) >= int((until - first) * RATE)


def lost(answers: Iterable[Answer]) -> int:
    return sum(each.error is not None for each in answers)


def recovery(answers: Iterable[Answer], over: float, usual: float) -> float | None:
    """Seconds from `over` to when answers became, and stayed, as usual; None until they have for a second.

    Of requests due since then, in their order: one that is lost, slow or not answered yet begins the count again.
    """
    calm, before = list[float](), None
    disturbed = False
    for answer in answers:
        if answer.due < over:
            continue
        unanswered = before is not None and answer.due - before > 1.5 / RATE
        if unanswered or answer.error is not None or answer.seconds > usual + SLOW:
            calm.clear()
            disturbed = True
        if answer.error is None and answer.seconds <= usual + SLOW:
            calm.append(answer.due)
        before = answer.due
    if len(calm) < CALM:
        return None
    return calm[0] - over if disturbed else 0.0
