"""What one request of a run takes, and may take, under one contender: measured while nothing else is going on."""

from statistics import median
from typing import Any

from bench.loadgen import Window, burst, closed_loop
from bench.loadgen.result import CONNECTIONS
from bench.stats.theory import Model, Work, kind_of
from bench.target import lab
from bench.target.replicas import NoAnswer
from contender.catalogue import CATALOGUE
from experiments.schema.params import Params, query
from experiments.schema.workloads import REQUEST

REQUESTS = 20  # one at a time; the median of their times
# Requests in flight, and seconds, for the CPU time of one: alone it costs twice as much, as everything has gone cold.
TOGETHER, SECONDS = 16, 1.0
OVERLAPPING = 0.6  # share of what waits side by side would allow: the rest is the time to read and answer
PATIENCE = 10.0  # seconds above what one takes
GENERATOR_MS = 0.05  # CPU time of the generator for each request, as its benchmark measures it; at most twice that
ANYIO, EXECUTOR = 40, 4  # threads for blocking calls: of AnyIO's pool; of an executor above the number of cores


async def calibrate(contender: str, params: Params) -> tuple[Work, Model]:
    """Raises NoAnswer where it has no right answer."""
    request = lab.request_of(params, contender)
    patience = PATIENCE + lab.service_seconds(params)
    took = []
    for _ in range(REQUESTS):
        (exchange,) = await burst(request, 1, patience)
        if exchange.error is not None or exchange.received is None or exchange.sent is None:
            raise NoAnswer(f"{contender} failed {lab.what(params)}: {exchange.error}")
        took.append(1000 * (exchange.received - exchange.sent))
    before = lab.usage(contender)
    load = await closed_loop(request, TOGETHER, Window(0, SECONDS), patience)
    after = lab.usage(contender)
    cpu_ms = 1000 * (after.cpu_seconds - before.cpu_seconds) / max(1, load.completed)
    model = _model(contender, params)
    block_ms = _block_ms(params)
    if params.workload == REQUEST and model.kind == "loop":
        block_ms = in_turn_ms(median(took), cpu_ms, load.rps, after.workers)
    work = Work(max(0.0, median(took) - block_ms - cpu_ms), block_ms, cpu_ms)
    return work, model


def in_turn_ms(took: float, cpu_ms: float, rps: float, workers: int) -> float:
    """What a request of the user's own waits without yielding, as far as TOGETHER of them in flight show it.

    If they all waited side by side, so many would be answered each time that one takes. Where it is far fewer, and not
    for want of CPU time, each worker answers one after the other: that is how long one keeps it.
    """
    side_by_side = 1000 * TOGETHER / took if took else 0.0
    if not rps or rps > OVERLAPPING * side_by_side:
        return 0.0
    return max(0.0, min(took, 1000 * max(1, workers) / rps) - cpu_ms)


def _block_ms(params: Params) -> float:
    """What its request waits without yielding."""
    parameters = query(params)
    if params.workload == "db" and parameters.get("driver") == "blocking":
        return float(parameters["ms"] * parameters["queries"])
    return float(parameters.get("block_ms", 0) if params.workload != "block" else parameters["ms"])


def _model(contender: str, params: Params) -> Model:
    described = lab.describe(contender)
    cores = min(float(described["cpus"] or CONNECTIONS), float(len(described["cpuset"])))
    beside = 1000 * lab.cpu_seconds_beside(params, direct=params.direct) + GENERATOR_MS
    pool = _pool(contender, params, described)
    return Model(kind_of(contender), described["threads"] or 1, pool, cores, beside)


def _pool(contender: str, params: Params, described: dict[str, Any]) -> int | None:
    """What else a request has to wait for in its process."""
    if params.workload == "db":
        return int(described["db_pool"])
    if params.workload == "pool":
        codebase = CATALOGUE[contender].get("codebase", "")
        return {"frameworks": ANYIO, "asgi": len(described["cpuset"]) + EXECUTOR}.get(codebase)
    return None
