"""One drill: the steady load, a fault in the middle of it, and what was lost until all was as before."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.loadgen import clock
from drills.abuse import HELD, DoesNotApply, Unanswered
from drills.faults import NGINX, Fault
from drills.traffic import CALM, RATE, Edge, Traffic, lost, recovery

PATIENCE = 30.0  # seconds until a drill gives up waiting for the recovery
LOOK = 0.1  # seconds between two looks at what has been answered


@dataclass(frozen=True, slots=True)
class Row:
    """What a fault at a target cost: requests lost, of those that were due meanwhile, and those of the others.

    `recovery_s` is null where it had not recovered after 30 s. Of a fault at nginx all requests are the target's.
    """

    fault: str
    target: str
    requests: int
    lost: int
    others_requests: int
    others_lost: int
    recovery_s: float | None
    by_hand: bool


async def drill(fault: Fault, target: str, traffic: Traffic, edge: Edge) -> Row | None:
    """None where the fault does not apply to this target. Leaves the lab as it was, whatever happens."""
    hit = traffic.targets if target == NGINX else (target,)
    usual = {each: traffic.usual(each) for each in traffic.targets}
    steps = fault.steps(target, edge)
    own = Unanswered(0, 0)
    try:
        await _step(steps)
        begun = clock()
        try:
            await _step(steps)
        except Unanswered as unanswered:
            own = unanswered
        except DoesNotApply:
            return None
        if fault.held and fault.by_hand:
            await asyncio.sleep(HELD)
        await _step(steps)
        over = clock() if fault.held else begun
        found = await _recovery_seconds(traffic, hit, over, usual, fault.watched)
        answers = {each: traffic.of(each, begun) for each in traffic.targets}
        mine = [each for name in hit for each in answers[name]]
        others = [each for name in set(traffic.targets) - set(hit) for each in answers[name]]
        return Row(
            fault.name,
            target,
            len(mine) + own.sent,
            lost(mine) + own.lost,
            len(others),
            lost(others),
            None if found is None else round(found, 2),
            fault.by_hand,
        )
    finally:
        await asyncio.to_thread(_finish, steps)


async def _step(steps: Iterator[None]) -> None:
    """To its end, also when Ctrl-C comes meanwhile: what is in the middle of a step cannot be put back."""
    step = asyncio.ensure_future(asyncio.to_thread(next, steps, None))
    try:
        await asyncio.shield(step)
    except asyncio.CancelledError:
        await asyncio.wait([step])
        raise


async def _recovery_seconds(
    traffic: Traffic, hit: Iterable[str], over: float, usual: dict[str, float], watched: float
) -> float | None:
    """Of all that were hit; everything that was due until then has ended, too."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        await asyncio.sleep(LOOK)
        found = [recovery(traffic.of(each, over), over, usual[each]) for each in hit]
        longest = max((each for each in found if each is not None), default=0.0)
        complete = all(traffic.is_complete(each, over + longest) for each in traffic.targets)
        if complete and None not in found and clock() >= over + watched:
            return longest
    return None


def _finish(steps: Iterable[None]) -> None:
    for _ in steps:
        pass


async def wait_until_stable(traffic: Traffic) -> None:
    """Until every target has a second of right answers in a row. Raises TimeoutError, naming those that have not."""
    since, end = clock(), time.monotonic() + PATIENCE
    while True:
        await asyncio.sleep(LOOK)
        waiting = [each for each in traffic.targets if recovery(traffic.of(each, since), since, 1.0) is None]
        if not waiting:
            return
        if time.monotonic() > end:
            raise TimeoutError(
                f"{', '.join(waiting)}: no {CALM} successes in a row at {RATE:g} req/s within {PATIENCE:g} s;"
                " docker compose ps --all shows their state"
            )
