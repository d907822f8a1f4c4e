"""What to run: a recommendation from the rows of advise, its reason, and what would help where nothing is enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.notices import Recommended
from bench.stats.latencies import responses_for, too_few_for
from bench.stats.spoken import count, milliseconds
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
    names = in_order({row.contender for row in rows})
    fit = sorted((best for name in names if (best := _best(rows, name)) is not None), key=_rank)
    first, second = (fit[0] if fit else None), (fit[1] if len(fit) > 1 else None)
    sentences = _recommendation(params, first, second) if first else _remedies(params, rows)
    sentences += [f"{name}: {_failure(params, rows, name)}" for name in names if name not in {r.contender for r in fit}]
    return Advice(first, second, sentences, command_of(first) if first else None, _rests_on(params, first))


def _best(rows: Sequence[AdviceSample], contender: str) -> AdviceSample | None:
    """The fewest of its workers that keep the promise; a doubted point is none of them if there is another."""
    kept = [row for row in rows if row.contender == contender and row.kept]
    sure = [row for row in kept if not row.doubted] or kept
    more = [row for row in sure if row.kept_more] or sure
    return min(more, key=lambda row: row.workers or 0, default=None)


def _rank(row: AdviceSample) -> tuple[bool, bool, float, float]:
    """Sure before doubted, with room before without, then by memory: what is left is a matter of taste."""
    return bool(row.doubted), not row.kept_more, row.memory_mb or 0.0, row.p99_ms or 0.0


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


def _recommendation(params: dict[str, Any], first: AdviceSample, second: AdviceSample | None) -> list[str]:
    rate, promise = params["rate"], milliseconds(params["p99_ms"])
    room = f", and at {MORE * rate:,.0f}" if first.kept_more else f", but not at {MORE * rate:,.0f}: no headroom"
    met = f"meets p99 ≤ {promise} at {rate:,.0f} req/s{room}"
    doubt = " It has a validity warning: repeat on an idle machine." if first.doubted else ""
    sentences = [f"Use {setup(first)}: it {met}, with {_p99(first)}, {_cost(first)}.{doubt}"]
    if second:
        also = f"; it also meets it at {MORE * rate:,.0f}" if second.kept_more else ""
        sentences.append(f"The runner-up is {setup(second)}: {_p99(second)}, {_cost(second)}{also}.")
    return sentences


def _p99(row: AdviceSample) -> str:
    p99 = f"a p99 of {milliseconds(row.p99_ms or 0)}"
    return f"{p99} (of {row.responses:,} responses only)" if has_few_responses(row) else p99


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
    if p99 is not None or any("CPU time" in (row.error or "") for row in rows):  # else cores are not to blame
        remedies.append("Or add cores: CONTENDER_CPUS in .env, if the machine has them.")
    return remedies


def _rests_on(params: dict[str, Any], first: AdviceSample | None) -> list[str]:
    """What a reader has to know before he believes it."""
    caveats = ["Measured on this machine, alongside nginx and the load generator."]
    if first and params["workload"] == "request":
        caveats.append("The request was yours, identical each time: real traffic varies, and some of it is slower.")
    elif first:
        caveats.append("The request was simulated (waits and CPU); yours has its own libraries, locks and GC.")
    if first and has_few_responses(first):
        few = f"The p99 rests on {first.responses:,} responses, and needs {responses_for(99):,}"
        caveats.append(f"{few}: one slow response more or less moves it.")
    return caveats
