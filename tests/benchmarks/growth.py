"""What it costs to grow: how much each part of the lab spends on a request, and which part is at its end first.

    scripts/swarm simulate    # and what it says to do next: distribute, deploy
    docker compose --file compose.simulation.yaml run --rm --build --entrypoint python tests -m tests.benchmarks.growth

Measured, on the two simulated nodes: the CPU time of contender, nginx and bench for one request at a steady rate (each
container's control group, in microseconds), and how many rows a run writes to the database a second (Postgres' own
count). The rest is arithmetic, for nodes of two cores: nginx has two processes, whatever its node has, and runs beside
the database; so much of a core is planned, as above that all queues grow. About two minutes.
"""

import time
from collections import Counter
from dataclasses import dataclass, replace
from statistics import median

import docker

from tests.e2e.queue import events, queued
from tests.swarm.nodes import MANAGER

ENGINES = [MANAGER, docker.DockerClient(base_url="unix:///engines/two/docker.sock")]
CORES = 2  # of a node
PLANNED = 0.7  # of a core
RATE, SECONDS, REPEATS = 1000, 8, 3
NGINX_PROCESSES = 2  # nginx.conf
EDGE_CLIENTS = NGINX_PROCESSES * 4096 // 2  # its worker_connections, one for a client and one for the contender
GENERATOR_CLIENTS = 1024  # an open loop's connections: services/bench/loadgen/result.py
GENERATORS = 16  # --generators


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one request, in microseconds of CPU time; and of a run, in writes a second."""

    contender: float
    nginx: float
    bench: float
    writes: float


def main() -> None:
    for contender in ("sync", "uvicorn"):
        cost = measured(contender)
        spent = f"{cost.contender:.0f} us of the contender, {cost.nginx:.0f} of nginx, {cost.bench:.0f} of the bench"
        print(f"{contender}: {spent} a request, at {RATE} a second; {cost.writes:.1f} rows a second written")
        for computing in (0, 5000):
            print(f"  computing {computing / 1000:g} ms a request\n  nodes        clients  requests/s  next bottleneck")
            for serving, loading in ((1, 1), (2, 1), (4, 1), (8, 2), (16, 4)):
                ends = limits(replace(cost, contender=cost.contender + computing), serving, loading)
                first = min(ends, key=lambda name: ends[name])
                clients = min(EDGE_CLIENTS, GENERATOR_CLIENTS * min(GENERATORS, loading * CORES))
                print(f"  1 + {serving:>2} + {loading}  {clients:>9,}  {ends[first]:>10,.0f}  {first}")


def limits(cost: Cost, serving: int, loading: int) -> dict[str, float]:
    """Requests a second that each part can carry. A generator is one process: a core."""
    core = PLANNED * 1e6
    return {
        "contender": serving * CORES * core / cost.contender,
        "nginx": NGINX_PROCESSES * core / cost.nginx,
        "generators": min(GENERATORS, loading * CORES) * core / cost.bench,
    }


def measured(contender: str) -> Cost:
    found = [_once(contender) for _ in range(REPEATS)]
    return Cost(*(median(values) for values in zip(*found, strict=True)))


def _once(contender: str) -> tuple[float, float, float, float]:
    params = {"workload": "hello", "rate": RATE, "seconds": SECONDS, "repeats": 1}
    path = queued({"experiment": "rate", "params": params, "contenders": [contender]})
    stages = events(path)
    for kind, _ in stages:
        if kind == "measuring":
            break
    time.sleep(1)  # the load has begun
    before, began, rows = used(), time.monotonic(), written()
    time.sleep(SECONDS - 3)
    after, lasted, writes = used(), time.monotonic() - began, written() - rows
    list(stages)
    requests = RATE * lasted
    spent = {name: 1e6 * (after[name] - before[name]) / requests for name in (contender, "nginx", "bench")}
    return spent[contender], spent["nginx"], spent["bench"], writes / lasted


def used() -> Counter[str]:
    """CPU seconds of all replicas of a service since they started."""
    found: Counter[str] = Counter()
    for engine in ENGINES:
        for each in engine.containers.list():
            name = each.labels.get("com.docker.swarm.service.name", "").removeprefix("serverlab_")
            cpu = engine.api.stats(str(each.id), stream=False, one_shot=True)["cpu_stats"]
            found[name] += cpu["cpu_usage"]["total_usage"] / 1e9
    return found


def written() -> int:
    """Rows so far."""
    (postgres,) = MANAGER.containers.list(filters={"label": "com.docker.swarm.service.name=serverlab_postgres"})
    query = "SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = 'lab'"
    psql = ["psql", "--no-psqlrc", "--username=lab", "--dbname=lab", "--tuples-only", f"--command={query}"]
    code, output = postgres.exec_run(psql)
    assert code == 0, output
    return int(bytes(output))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
