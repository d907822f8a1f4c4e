"""What to run: a recommendation from the rows of advise, its reason, and what would help where nothing is enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.notices import Recommended
from bench.stats.latencies import responses_for, too_few_for
from bench.stats.phrases import count, milliseconds, names
from bench.stats.ties import SAFE, by_cores, by_memory, by_p99, choose, frontier, same_p99, why_not
from contender.catalogue import CATALOGUE, OWN, in_order
from experiments.advise import AdviceSample
from experiments.workers import WorkersSample

Tried = AdviceSample | WorkersSample

MORE = 1.5  # times the rate, at which a recommendation should hold as well: a peak is an estimate


@dataclass(frozen=True, slots=True)
class Advice:
    recommended: AdviceSample | None
    runner_up: AdviceSample | None
    sentences: list[str]  # the recommendation with its reason, the runner-up, why others fail, what would help
    command: str | None  # to paste
    rests_on: list[str]

    def notice(self) -> Recommended:
        first, second = (
            None if row is None else row.model_dump(mode="json") for row in (self.recommended, self.runner_up)
        )
        return Recommended(
            recommended=first,
            runner_up=second,
            sentences=self.sentences,
            command=self.command,
            rests_on=self.rests_on,
        )


def advice(params: dict[str, Any], rows: Sequence[AdviceSample]) -> Advice:
    contenders = in_order({row.contender for row in rows})
    fit = [best for name in contenders if (best := _best(rows, name)) is not None]
    tied, slower = _rank(fit)
    first, second = (tied[0] if tied else None), next(iter([*tied[1:], *slower]), None)
    sentences = _recommendation(params, rows, tied, slower) if first else _remedies(params, rows)
    missed = [name for name in contenders if name not in {row.contender for row in fit}]
    sentences += [f"{name}: {_failure(params, rows, name)}" for name in missed]
    return Advice(first, second, sentences, command_of(first) if first else None, _rests_on(params, first))


def _best(rows: Sequence[AdviceSample], contender: str) -> AdviceSample | None:
    """The fewest of its workers that meet the target, from SAFE on; no doubted point if there is another."""
    kept = [row for row in rows if row.contender == contender and row.kept]
    kept = [row for row in kept if (row.workers or 0) >= SAFE] or kept
    sure = [row for row in kept if not row.doubted] or kept
    more = [row for row in sure if row.kept_more] or sure
    return min(more, key=lambda row: row.workers or 0, default=None)


def _rank(fit: Sequence[AdviceSample]) -> tuple[list[AdviceSample], list[AdviceSample]]:
    """The rows tied with the best, the choose one first; and the others, in order.

    No warning before a warning, two workers before one, headroom before none, then by p99, if repeats agree.
    """
    order = sorted(fit, key=lambda row: (*_class(row), row.p99_ms or 0.0))
    if not order:
        return [], []
    best = order[0]
    tied = choose([row for row in order if row is best or (_class(row) == _class(best) and same_p99(row, best))])
    return tied, [row for row in order if row not in tied]


def _class(row: AdviceSample) -> tuple[bool, bool, bool]:
    return bool(row.doubted), (row.workers or 0) < SAFE, not row.kept_more


def on_frontier(rows: Sequence[AdviceSample]) -> list[AdviceSample]:
    """Of all that meet the target: those that no other beats in p99, cores and memory together."""
    return frontier([row for row in rows if row.kept], (by_p99, by_cores, by_memory))


def setup(row: AdviceSample) -> str:
    """gthread with 3 workers of 8 threads."""
    threads = f" of {row.threads} threads" if row.threads else ""
    return f"{row.contender} with {count(row.workers or 0, 'worker')}{threads}"


def command_of(row: AdviceSample) -> str:
    """As its users start it; `app:app` is theirs to name."""
    catalogued, workers = CATALOGUE[row.contender], row.workers
    if catalogued["server"] == "granian":  # whose own default is neither
        interface = "wsgi|asgi" if row.contender in OWN else catalogued["interface"]
        return f"granian --interface {interface} --workers {workers} app:app"
    if catalogued["server"] != "gunicorn":
        return f"{catalogued['server']} --workers {workers} app:app"
    threads = f" --threads {row.threads}" if row.threads else ""
    return f"gunicorn -k {catalogued['worker']} --workers {workers}{threads} app:app"


def _recommendation(
    params: dict[str, Any], rows: Sequence[AdviceSample], tied: list[AdviceSample], slower: list[AdviceSample]
) -> list[str]:
    first, *others = tied
    rate, target = params["rate"], milliseconds(params["p99_ms"])
    room = f", and at {MORE * rate:,.0f}" if first.kept_more else f", but not at {MORE * rate:,.0f}: no headroom"
    met = f"meets p99 ≤ {target} at {rate:,.0f} req/s{room}"
    warning = " It has a validity warning: repeat on an idle machine." if first.doubted else ""
    return [
        f"Use {setup(first)}: it {met}, with {_p99(first)}, {_cost(first)}.{_shortfall(first)}{warning}",
        *_one_worker(rows, first),
        *_ties(first, others),
        *(f"{_what_else(first, row)}: {_p99(row)}, {_cost(row)}." for row in slower[:1]),
        *_frontier(rows),
    ]


def _shortfall(row: AdviceSample) -> str:
    if row.repeats is None or row.repeats_kept is None or row.repeats_kept == row.repeats:
        return ""
    return f" It missed it in {row.repeats - row.repeats_kept} of {row.repeats} repeats."


def _one_worker(rows: Sequence[AdviceSample], first: AdviceSample) -> list[str]:
    """Why two of them, where one would carry the load; why not, where one is all that fits."""
    down = "a worker that restarts, or blocks in a request, takes the whole service down"
    if first.workers == 1:
        return [f"It is a single worker: {down}. Allow memory for two."]
    alone = [row for row in rows if row.contender == first.contender and row.workers == 1]
    one = next((row for row in alone if row.kept and row.kept_more is not False), None)
    if first.workers != SAFE or (one is None and (alone or first.predicted_workers != 1)):
        return []
    known = "by the model" if one is None else f"measured with {_p99(one)}"
    return [f"One worker would carry the load, too ({known}). Run two: alone, {down}."]


def _ties(first: AdviceSample, others: Sequence[AdviceSample]) -> list[str]:
    """Those from which its p99 cannot be told, and why it is not one of them."""
    if not others:
        return []
    alike = names([f"{setup(row)} ({milliseconds(row.p99_ms or 0)})" for row in others])
    reasons = names([f"{row.contender} {why_not(row, first)}" for row in others])
    return [
        f"Its p99 cannot be told from that of {alike}: repeats differ by as much.",
        f"{first.contender} is choose because {reasons}.",
    ]


def _what_else(first: AdviceSample, row: AdviceSample) -> str:
    """The next one, and what it lacks."""
    if _class(row) == _class(first):
        return f"Slower is {setup(row)}"
    lacks = {0: "with a validity warning", 1: "as a single worker", 2: f"without headroom ({MORE:g} times the rate)"}
    place = next(place for place, (mine, its) in enumerate(zip(_class(first), _class(row), strict=True)) if mine != its)
    return f"The runner-up, {lacks[place]}, is {setup(row)}"


def _frontier(rows: Sequence[AdviceSample]) -> list[str]:
    """Where there is something to choose."""
    best = on_frontier(rows)
    if len(best) < SAFE or all(row.memory_mb is None for row in best):
        return []
    shown = sorted(best, key=lambda row: row.memory_mb or 0.0)
    each = [f"{setup(row)} ({milliseconds(row.p99_ms or 0)}, {_cores(row)}{_mib(row)})" for row in shown]
    return [f"The frontier of p99, cores and memory, from the least memory on: {', '.join(each)}."]


def _cores(row: AdviceSample) -> str:
    return "" if row.cpu_pct is None else f"{row.cpu_pct / 100:.2f} cores, "


def _mib(row: AdviceSample) -> str:
    return "memory unknown" if row.memory_mb is None else f"{row.memory_mb:.0f} MiB"


def _p99(row: AdviceSample) -> str:
    """With the range of its repeats, and of how many responses, where they are too few for it."""
    notes = []
    if row.repeats is not None and row.repeats > 1 and row.p99_low_ms is not None and row.p99_high_ms is not None:
        ends = f"{milliseconds(row.p99_low_ms)} to {milliseconds(row.p99_high_ms)}"
        notes.append(f"{ends} in {count(row.repeats, 'repeat')}")
    elif row.repeats == 1:
        notes.append("one repeat")
    if has_few_responses(row):
        notes.append(f"of {row.responses:,} responses only")
    p99 = f"a p99 of {milliseconds(row.p99_ms or 0)}"
    return f"{p99} ({'; '.join(notes)})" if notes else p99


def has_few_responses(row: Tried) -> bool:
    """Whether its p99 rests on fewer responses than one needs; rows of earlier versions do not have their number."""
    return row.responses is not None and "p99_ms" in too_few_for(row.responses)


def _cost(row: AdviceSample) -> str:
    memory = "memory unknown" if row.memory_mb is None else f"{row.memory_mb:.0f} MiB"
    cpu = "" if row.cpu_pct is None else f" and {row.cpu_pct:.0f} % of a core"
    return f"{memory}{cpu}"


def _failure(params: dict[str, Any], rows: Sequence[AdviceSample], contender: str) -> str:
    own = [row for row in rows if row.contender == contender]
    measured = [row for row in own if row.p99_ms is not None or row.rps is not None]
    if not measured:
        reason = own[-1].error or "not measured: out of time"
        return f"{reason.removeprefix(f'{contender}: ').removesuffix('.')}."
    closest = min(measured, key=lambda row: row.p99_ms or float("inf"))
    served = f"{closest.rps:,.0f} of {params['rate']:,.0f} req/s completed"
    p99 = "all timed out" if closest.p99_ms is None else f"a p99 of {milliseconds(closest.p99_ms)}"
    return f"at best {p99} with {count(closest.workers or 0, 'worker')} ({served})."


def _remedies(params: dict[str, Any], rows: Sequence[AdviceSample]) -> list[str]:
    """Where nothing meets the target: a looser one, a lower rate, more cores."""
    remedies = ["Nothing tried meets the p99 target on this machine."]
    p99 = min((row.p99_ms for row in rows if row.p99_ms is not None), default=None)
    if p99 is not None and p99 > params["p99_ms"]:
        remedies.append(f"The lowest p99 at this rate was {milliseconds(p99)}: set the target above that.")
    rps = max((row.rps for row in rows if row.rps is not None), default=None)
    if rps is not None and rps < params["rate"]:
        remedies.append(f"At most {rps:,.0f} req/s completed: set the rate below that.")
    if p99 is not None or any("CPU per request" in (row.error or "") for row in rows):  # else cores are not to blame
        remedies.append("Or add cores: CONTENDER_CPUS in .env, if the machine has them.")
    return remedies


def _rests_on(params: dict[str, Any], first: AdviceSample | None) -> list[str]:
    """What a reader has to know before relying on it."""
    caveats = ["Measured on this machine, alongside nginx and the load generator."]
    if first and params["workload"] == "request":
        caveats.append("The request was yours, identical each time: real traffic varies, and some of it is slower.")
    elif first:
        caveats.append("The request was simulated (waits and CPU); yours has its own libraries, locks and GC.")
    if first and has_few_responses(first):
        few = f"The p99 rests on {first.responses:,} responses, and needs {responses_for(99):,}"
        caveats.append(f"{few}: one slow response more or less moves it.")
    return caveats
