"""What samples say of a request: microseconds by category, what makes them doubtful, and intervals over repeats."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, NamedTuple

from bench.stats.categories import APPLICATION, CATEGORIES, KERNEL_FILE, NATIVE, SLEEPING_CALLS
from bench.stats.select import by
from bench.stats.stacks import Frame, Ran, Stack, by_category, category_of, waits_for_gil
from bench.stats.validity import ValidityWarning
from experiments.comparison.student import t_quantile
from experiments.profile import ProfileSample

# A share of a tenth of so many samples has a standard deviation of a tenth of itself (binomial), the largest error
# that is accepted here.
FEW = 1000
GAP = 0.1  # between samples and the kernel's count: as much as one of two programs on two cores waits for the other
ERRORS = 0.02  # share of the looks: each may have hidden the same code
LATE = 1.1  # times the planned length
CONFIDENCE = 0.95

CALLS: Stack = (Frame(SLEEPING_CALLS, KERNEL_FILE, 0),)


@dataclass(frozen=True, slots=True)
class Thread:
    """One that runs Python."""

    by_stack: Ran
    asleep: dict[Stack, float]  # seconds; none where samples have no native frames
    samples: int  # of it running
    ran: float  # seconds of CPU time that the kernel counted
    waited: float  # and seconds that it waited for a core

    @property
    def sampled(self) -> float:
        """Seconds, of calls that wait no more than the kernel's count has left for them."""
        known = sum(self.by_stack.running.values())
        return known + min(sum(self.by_stack.waking.values()), max(0.0, self.ran - known))

    def spent(self) -> Iterator[tuple[Stack, float]]:
        """Seconds of CPU time."""
        left = self.ran
        for stacks in self.by_stack:
            sampled = sum(stacks.values())
            share = min(1.0, left / sampled) if sampled else 0.0
            yield from ((stack, seconds * share) for stack, seconds in stacks.items())
            left -= sampled * share
        yield CALLS, left


class Looks(NamedTuple):
    """At one process."""

    taken: int
    failed: int
    seconds: float  # that they took
    planned: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One contender under the load once, all of its replicas together."""

    threads: list[Thread]
    looks: list[Looks]
    unseen: float  # seconds of CPU time of threads that run no Python
    requests: int

    @property
    def samples(self) -> int:
        return sum(thread.samples for thread in self.threads)

    def spent(self) -> dict[Stack, float]:
        """Microseconds of CPU time per request. What a thread's samples have in excess of the kernel's count was
        waiting for a core, or sleep in a call that is not known; what they lack was spent in calls that sleep.
        """
        found: dict[Stack, float] = defaultdict(float)
        for thread in self.threads:
            for stack, seconds in thread.spent():
                found[stack] += self._per_request(seconds)
        return dict(found)

    def slept(self) -> dict[Stack, float]:
        """Microseconds per request that threads slept in the middle of one: below a function of the application."""
        found: dict[Stack, float] = defaultdict(float)
        for stack, seconds in self._asleep():
            if not waits_for_gil(stack) and any(map(_is_application, stack)):
                found[stack] += self._per_request(seconds)
        return dict(found)

    def by_category(self) -> dict[str, float]:
        """Microseconds per request. Threads without Python are native code, by the kernel's own count."""
        found = dict.fromkeys(CATEGORIES, 0.0) | by_category(self.spent())
        found[NATIVE] += self._per_request(self.unseen)
        return {name: round(us, 2) for name, us in found.items()}

    @property
    def runnable_us(self) -> float:
        """As samples have it, but no thread for longer than it ran or waited for a core."""
        seconds = sum(min(each.sampled, each.ran + each.waited) for each in self.threads)
        return round(self._per_request(seconds + self.unseen), 2)

    @property
    def cpu_us(self) -> float:
        return round(self._per_request(sum(thread.ran for thread in self.threads) + self.unseen), 2)

    @property
    def gil_us(self) -> float:
        return round(self._per_request(sum(seconds for stack, seconds in self._asleep() if waits_for_gil(stack))), 2)

    @property
    def core_us(self) -> float:
        return round(self._per_request(sum(thread.waited for thread in self.threads)), 2)

    @property
    def failed(self) -> int:
        """Looks."""
        return sum(each.failed for each in self.looks)

    def _asleep(self) -> Iterator[tuple[Stack, float]]:
        return (each for thread in self.threads for each in thread.asleep.items())

    def _per_request(self, seconds: float) -> float:
        return 1e6 * seconds / self.requests if self.requests else 0.0

    def check(self) -> list[ValidityWarning]:
        explained = self.runnable_us / self.cpu_us if self.cpu_us else 1.0
        failed = self.failed / max(1, self.failed + sum(each.taken for each in self.looks))
        latest = max(self.looks, key=lambda each: each.seconds / each.planned)
        return [
            *([ValidityWarning("few-samples", value=self.samples, bound=FEW)] if self.samples < FEW else []),
            *([ValidityWarning("samples-lost", value=failed, bound=ERRORS)] if failed > ERRORS else []),
            *(
                [ValidityWarning("samples-late", value=latest.seconds, bound=latest.planned)]
                if latest.seconds > LATE * latest.planned
                else []
            ),
            *([_off(explained)] if abs(explained - 1) > GAP else []),
        ]


def _is_application(frame: Frame) -> bool:
    return category_of(frame) == APPLICATION


def _off(explained: float) -> ValidityWarning:
    return ValidityWarning("samples-off", value=explained, bound=1 + GAP if explained > 1 else 1 - GAP)


@dataclass(frozen=True, slots=True)
class Spent:
    """Microseconds per request, with the 95 % interval of the mean over repeats; none of one repeat."""

    us: float | None  # None where nothing was answered
    low: float | None = None
    high: float | None = None


def spent(values: Sequence[float]) -> Spent:
    if not values:
        return Spent(None)
    middle = fmean(values)
    if len(values) < 2:
        return Spent(round(middle, 2))
    half = t_quantile((1 + CONFIDENCE) / 2, len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Spent(round(middle, 2), round(max(0.0, middle - half), 2), round(middle + half, 2))


COLUMNS = {name: f"{name}_us" for name in CATEGORIES}


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    contender: str
    repeats: int
    spent: dict[str, Spent]  # by category, and `sampled`, `cpu`, `gil`, `core`, `runnable`
    busy_pct: float | None
    samples: int
    doubted: bool


def summarise_profiles(rows: Sequence[ProfileSample]) -> list[ProfileSummary]:
    """Of the repeats in which something was answered."""
    found = []
    for contender, every in by(rows, "contender").items():
        own = [row for row in every if row.sampled_us is not None]
        columns = {
            **COLUMNS,
            "sampled": "sampled_us",
            "cpu": "cpu_us",
            "gil": "gil_us",
            "core": "core_us",
            "runnable": "runnable_us",
        }
        values = {name: [getattr(row, column) or 0.0 for row in own] for name, column in columns.items()}
        busy = [row.busy_pct for row in own if row.busy_pct is not None]
        found.append(
            ProfileSummary(
                contender,
                len(own),
                {name: spent(each) for name, each in values.items()},
                round(fmean(busy), 1) if busy else None,
                sum(row.samples for row in own),
                any(row.doubted for row in own),
            )
        )
    return found


def document(each: ProfileSummary) -> dict[str, Any]:
    """As JSON: columns like those of the rows, and of each its interval."""
    figures: dict[str, Any] = {}
    for name, value in each.spent.items():
        figures |= {f"{name}_us": value.us, f"{name}_low_us": value.low, f"{name}_high_us": value.high}
    facts = {"repeats": each.repeats, "samples": each.samples, "busy_pct": each.busy_pct, "doubted": each.doubted}
    return {"contender": each.contender, **facts, **figures}
