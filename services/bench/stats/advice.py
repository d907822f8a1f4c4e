"""What to run: a recommendation from the rows of advise, its reason, and what would help where nothing is enough."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from bench.messages import Row
from bench.stats.spoken import count, milliseconds
from contender.catalogue import CATALOGUE, OWN, in_order

MORE = 1.5  # times the rate, at which a recommendation should hold as well: a peak is an estimate


@dataclass(frozen=True, slots=True)
class Advice:
    recommended: Row | None
    runner_up: Row | None
    sentences: list[str]  # the recommendation with its reason, the runner-up, why others fail, what would help
    command: str | None  # to paste
    rests_on: list[str]

    def document(self) -> dict[str, Any]:
        return asdict(self)


def advice(params: Row, rows: Iterable[Row]) -> Advice:
    every = list(rows)
    names = in_order({row["contender"] for row in every})
    fit = sorted((best for name in names if (best := _best(every, name)) is not None), key=_rank)
    first, second = (fit[0] if fit else None), (fit[1] if len(fit) > 1 else None)
    sentences = _recommendation(params, first, second) if first else _remedies(params, every)
    sentences += [
        f"{name}: {_failure(params, every, name)}" for name in names if name not in {r["contender"] for r in fit}
    ]
    return Advice(first, second, sentences, command_of(first) if first else None, _rests_on(params, first))


def _best(rows: list[Row], contender: str) -> Row | None:
    """The fewest of its workers that keep the promise; a doubted point is none of them if there is another."""
    kept = [row for row in rows if row["contender"] == contender and row["kept"]]
    sure = [row for row in kept if not row["doubted"]] or kept
    more = [row for row in sure if row["kept_more"]] or sure
    return min(more, key=lambda row: row["workers"], default=None)


def _rank(row: Row) -> tuple[bool, bool, float, float]:
    """Sure before doubted, with room before without, then by memory: what is left is a matter of taste."""
    return bool(row["doubted"]), not row["kept_more"], row["memory_mb"] or 0.0, row["p99_ms"] or 0.0


def setup(row: Row) -> str:
    """gthread with 3 workers of 8 threads."""
    threads = f" of {row['threads']} threads" if row["threads"] else ""
    return f"{row['contender']} with {count(row['workers'], 'worker')}{threads}"


def command_of(row: Row) -> str:
    """As its users start it; `app:app` is theirs to name."""
    catalogued, workers = CATALOGUE[row["contender"]], row["workers"]
    if catalogued["server"] == "granian":  # whose own default is neither
        interface = "wsgi|asgi" if row["contender"] in OWN else catalogued["interface"]
        return f"granian --interface {interface} --workers {workers} app:app"
    if catalogued["server"] != "gunicorn":
        return f"{catalogued['server']} --workers {workers} app:app"
    threads = f" --threads {row['threads']}" if row["threads"] else ""
    return f"gunicorn -k {catalogued['worker']} --workers {workers}{threads} app:app"


def _recommendation(params: Row, first: Row, second: Row | None) -> list[str]:
    rate, promise = params["rate"], milliseconds(params["p99_ms"])
    room = f", and at {MORE * rate:,.0f}" if first["kept_more"] else f", but not at {MORE * rate:,.0f}: it has no room"
    kept = f"keeps 99 % of answers within {promise} at {rate:,.0f} requests a second{room}"
    doubt = " A validity warning came with it: repeat this on a quiet machine." if first["doubted"] else ""
    told = [
        f"Take {setup(first)}: it {kept}, with a p99 of {milliseconds(first['p99_ms'] or 0)}, {_cost(first)}.{doubt}"
    ]
    if second:
        also = f"; it keeps the promise at {MORE * rate:,.0f}, too" if second["kept_more"] else ""
        p99 = milliseconds(second["p99_ms"] or 0)
        told.append(f"The runner-up is {setup(second)}: a p99 of {p99}, {_cost(second)}{also}.")
    return told


def _cost(row: Row) -> str:
    memory = "memory not known" if row["memory_mb"] is None else f"{row['memory_mb']:.0f} MiB"
    cpu = "" if row["cpu_pct"] is None else f" and {row['cpu_pct']:.0f} % of a core"
    return f"{memory}{cpu}"


def _failure(params: Row, rows: list[Row], contender: str) -> str:
    own = [row for row in rows if row["contender"] == contender]
    measured = [row for row in own if row["p99_ms"] is not None or row["rps"] is not None]
    if not measured:
        reason = own[-1]["error"] or "not measured: the time was up"
        return f"{reason.removeprefix(f'{contender}: ').removesuffix('.')}."
    closest = min(measured, key=lambda row: row["p99_ms"] or float("inf"))
    served = f"{closest['rps']:,.0f} of {params['rate']:,.0f} requests a second were answered"
    p99 = "no answer in time" if closest["p99_ms"] is None else f"a p99 of {milliseconds(closest['p99_ms'])}"
    return f"at best {p99} with {count(closest['workers'], 'worker')} ({served})."


def _remedies(params: Row, rows: list[Row]) -> list[str]:
    """Where nothing keeps the promise: a looser one, a lower rate, more cores."""
    told = ["Nothing that was tried keeps the promise on this machine."]
    p99 = min((row["p99_ms"] for row in rows if row["p99_ms"] is not None), default=None)
    if p99 is not None and p99 > params["p99_ms"]:
        told.append(f"The lowest p99 at this rate was {milliseconds(p99)}: a promise above that could be kept.")
    rps = max((row["rps"] for row in rows if row["rps"] is not None), default=None)
    if rps is not None and rps < params["rate"]:
        told.append(f"At most {rps:,.0f} requests a second were answered: a rate below that could be carried.")
    told.append("Or more cores: CONTENDER_CPUS in .env, on a machine that has them.")
    return told


def _rests_on(params: Row, first: Row | None) -> list[str]:
    """What a reader has to know before he believes it."""
    told = ["It was measured on this machine, next to nginx and the load generator."]
    if first and params["workload"] == "request":
        told.append("The request was yours, one and the same each time: users ask for more, and some of it is slower.")
    elif first:
        told.append("The request was simulated by waits and computing; yours has its own libraries, locks and garbage.")
    return told
