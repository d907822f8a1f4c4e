"""One turn of a profile: a load, the stacks that samplers take meanwhile, and what both become."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from bench.loadgen import Load, Request, Window
from bench.notices import StacksSampled
from bench.scenarios.load import at_rate
from bench.scenarios.point import Loading, Measured, Point, Points
from bench.scenarios.report import Report
from bench.stats import Measurement
from bench.stats.profiles import COLUMNS, Looks, Thread, Turn
from bench.stats.stacks import Stack, by_function, is_blocking, read, seconds_by_stack, thinned
from bench.target import lab
from bench.target.samplers import Process, Recorded, Samplers
from contender.catalogue import CATALOGUE
from experiments.profile import Profile, ProfileSample

# Servers with threads that run no Python: for native frames each of them is stopped at each look, and read, which took
# 60 ms of CPU time for two workers. What those threads spend is known from the kernel anyway.
WITHOUT_NATIVE = ("granian",)
FUNCTIONS = 20  # that are stored: a table to read


@dataclass(slots=True)
class Sampled:
    """What all repeats of a contender have in common, summed."""

    repeats: int = 0
    samples: int = 0
    spent: dict[Stack, float] = field(default_factory=lambda: defaultdict(float))
    slept: dict[Stack, float] = field(default_factory=lambda: defaultdict(float))
    busy: list[float] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)


async def take_turn(
    params: Profile, points: Points, point: Point, beside: Samplers, kept: Sampled, report: Report
) -> Measurement:
    service = points.service_seconds(point.contender)
    found: list[Recorded] = []
    unsampled: float | None = None
    loading = _sampled(at_rate(point, "constant", service), params, point.contender, beside, found)
    if params.cost and point.repeat % 2:
        unsampled = await _unsampled(params, points, point)
    measured = await points.measure(point, loading, params.seconds)
    if params.cost and not point.repeat % 2:
        unsampled = await _unsampled(params, points, point)
    turn = _read(found, measured.completed)
    busy = _busy(point.contender, found)
    warnings = [*measured.warnings, *(each.of(point.contender) for each in turn.check())]
    own = round(100 * sum(each.own / each.seconds for each in found), 1)
    row = _row(point, measured, turn, busy, own)
    doubted = any(not each.percentile for each in warnings)
    report.sample(row.model_copy(update={"doubted": doubted, "unsampled_us": unsampled}))
    if turn.requests:
        kept.repeats, kept.samples = kept.repeats + 1, kept.samples + turn.samples
        for stack, us in turn.spent().items():
            kept.spent[stack] += us
        for stack, us in turn.slept().items():
            kept.slept[stack] += us
        kept.waiting = max(kept.waiting, *(each.waiting for each in found), key=_tasks)
        kept.busy = kept.busy or [sum(each) for each in zip(*(each.busy for each in found), strict=False)]
    return Measurement(point.contender, warnings)


async def _unsampled(params: Profile, points: Points, point: Point) -> float | None:
    """CPU time per request of a turn without sampling: before the other one in odd repeats, after it in even ones."""
    loading = at_rate(point, "constant", points.service_seconds(point.contender))
    return (await points.measure(point, loading, params.seconds)).cpu_us


def _tasks(groups: Sequence[dict[str, Any]]) -> int:
    return sum(each["tasks"] for each in groups)


def _sampled(loading: Loading, params: Profile, contender: str, beside: Samplers, found: list[Recorded]) -> Loading:
    """The load with samples of all of it and of nothing else: what looks for a drain comes before and after."""

    async def sampling(request: Request, window: Window, timeout: float) -> Load:
        native = not params.python_only and CATALOGUE[contender].get("server") not in WITHOUT_NATIVE
        await beside.begin(contender, params.frequency, native=native)
        load = await loading(request, window, timeout)
        found.extend(await beside.end(contender))
        load.beside += sum(each.own for each in found)  # which is no foreign CPU time
        return load

    return sampling


def _read(found: Sequence[Recorded], requests: int) -> Turn:
    threads: list[Thread] = []
    looks: list[Looks] = []
    unseen = 0.0
    for replica in found:
        kernel = dict(replica.threads)
        samples: Counter[int] = Counter()  # of it running, by thread
        seconds: dict[bool, dict[int, dict[Stack, float]]] = {False: {}, True: {}}  # running, and whatever it does
        for process in replica.processes:
            sampled = read(process.stacks)
            taken = _looks(process, sampled)
            looks.append(Looks(taken, process.errors, process.seconds, taken / process.frequency))
            for thread, stacks in sampled.items():
                interval = process.seconds / taken
                seconds[process.whole][thread] = {stack: count * interval for stack, count in stacks.items()}
                samples[thread] += 0 if process.whole else stacks.total()
        for thread in (seconds[False].keys() | seconds[True].keys()) & kernel.keys():
            every = seconds[True].get(thread, {})
            asleep = {stack: each for stack, each in every.items() if is_blocking(stack)}
            by_stack = seconds_by_stack(seconds[False].get(thread, {}), every)
            threads.append(Thread(by_stack, asleep, samples[thread], *kernel.pop(thread)))
        unseen += sum(each for each, _ in kernel.values())
    return Turn(threads, looks, unseen, requests)


def _looks(process: Process, sampled: Mapping[int, Counter[Stack]]) -> int:
    """Those planned, where threads that sleep have no samples: then none tells how many there were."""
    planned = max(1, round(process.seconds * process.frequency))
    return max((stacks.total() for stacks in sampled.values()), default=planned) if process.whole else planned


def _busy(contender: str, found: Sequence[Recorded]) -> float | None:
    """Of its workers, over the whole time."""
    workers = lab.usage(contender).workers
    busy = sum(fmean(each.busy) for each in found if each.busy)
    return round(min(100.0, 100 * busy / workers), 1) if workers else None  # one that ends is none of them


def _row(point: Point, measured: Measured, turn: Turn, busy: float | None, own: float) -> ProfileSample:
    row = measured.row
    same = ("contender", "repeat", "seconds", "requests", "errors", "timeouts", "rps", "p50_ms", "p99_ms")
    known = turn.requests > 0
    categories = turn.by_category()
    columns: dict[str, Any] = {column: categories[name] if known else None for name, column in COLUMNS.items()}
    functions = by_function(turn.spent())
    return ProfileSample(
        **{name: getattr(row, name) for name in same},
        **columns,
        cpu_us=turn.cpu_us if known else None,
        sampled_us=round(sum(categories.values()), 2) if known else None,
        gil_us=turn.gil_us if known else None,
        core_us=turn.core_us if known else None,
        runnable_us=turn.runnable_us if known else None,
        sampler_pct=own,
        busy_pct=busy,
        samples=turn.samples,
        sampling_errors=turn.failed,
        top=functions[0][0] if functions else None,
        top_us=round(functions[0][1], 2) if functions and known else None,
        turn_us=measured.cpu_us,
    )


def stacks_of(contender: str, kept: Sampled) -> StacksSampled:
    spent = {stack: us / kept.repeats for stack, us in kept.spent.items()}
    made = thinned(spent)
    slept = {stack: us / kept.repeats for stack, us in kept.slept.items()}
    return StacksSampled(
        contender=contender,
        samples=kept.samples,
        dropped_us=made.dropped,
        frames=made.frames,
        stacks=made.stacks,
        functions=_functions(spent),
        slept=_functions(slept),
        busy=[round(each, 2) for each in kept.busy],
        waiting=kept.waiting,
    )


def _functions(stacks: dict[Stack, float]) -> list[dict[str, Any]]:
    return [{"function": function, "us": round(us, 2)} for function, us in by_function(stacks)[:FUNCTIONS] if us]
