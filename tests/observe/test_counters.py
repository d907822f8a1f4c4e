"""What Prometheus has counted is what was sent, exactly: under each contender, over a reload, and of two replicas."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from threading import Lock
from typing import Any

from contender.catalogue import control_path
from contender.control import RELOADING
from tests.e2e.lab import CATALOGUE, NAMES, WORKERS, answered, ask, get
from tests.lifecycle.engine import container, variant_container
from tests.observe.prometheus import Samples, query, scraped_since, until

# What is sent to each, in turns: method, path, and as what it is counted. The second half may be sent over a reload, in
# which nginx sends again what can be.
REQUESTS = [
    *[("HEAD", "/hello", ("HEAD", "/hello", "200"))] * 5,
    *[("POST", "/hello", ("POST", "/hello", "405"))] * 5,
    *[("PROPFIND", "/hello", ("other", "/hello", "405"))] * 5,
    *[("GET", "/io?ms=x", ("GET", "/io", "422"))] * 5,
    *[("GET", f"/a-scanner-s/{number}", ("GET", "other", "404")) for number in range(10)],
    *[("GET", "/io?ms=5", ("GET", "/io", "200"))] * 30,
    *[("GET", "/hello", ("GET", "/hello", "200"))] * 120,
]
RELOADED_WITHIN = 180.0  # seconds: a worker of fastapi is ready in one on a quiet machine
AT_ONCE = 8  # from each contender's client

RELOADED = [row["name"] for row in CATALOGUE if row["name"] in NAMES and row["server"] in RELOADING]


def counted() -> Samples:
    """By contender, method, route and status."""
    labels = ("contender", "method", "route", "status")
    return query(f"sum by ({', '.join(labels)}) (http_requests_total)", *labels)


def send(halfway: Callable[[str], AbstractContextManager[object]] = nullcontext) -> None:
    """All of them to each contender, the second half inside of `halfway`."""

    def load(contender: str) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            middle = len(REQUESTS) // 2
            answers = list(pool.map(lambda row: ask(row[0], f"/{contender}{row[1]}"), REQUESTS[:middle]))
            with halfway(contender):
                answers += pool.map(lambda row: ask(row[0], f"/{contender}{row[1]}"), REQUESTS[middle:])
        for answer, (_, _, (_, _, status)) in zip(answers, REQUESTS, strict=True):
            answered(answer, int(status))

    with ThreadPoolExecutor(len(NAMES)) as pool:
        list(pool.map(load, NAMES))


def exactly(before: Samples, replicas: int) -> None:
    """What was counted since is what `send` sent once."""
    scraped_since(time.time(), dict.fromkeys(NAMES, replicas))
    after, wanted = counted(), Counter(kind for _, _, kind in REQUESTS)
    for contender in NAMES:
        got = {kind: after.get((contender, *kind), 0) - before.get((contender, *kind), 0) for kind in wanted}
        assert got == wanted, f"{contender}: counted {got}, sent {dict(wanted)}"


def at_rest(replicas: int = 1) -> Samples:
    scraped_since(time.time(), dict.fromkeys(NAMES, replicas))
    return counted()


def test_each_contender_counts_what_it_is_sent() -> None:
    before = at_rest()
    send()
    exactly(before, 1)


def test_nothing_is_lost_or_counted_twice_over_a_reload_and_the_files_stay_few() -> None:
    """The files of a worker that ended are added up into one of each kind."""
    one_at_a_time = Lock()  # each starts processes

    @contextmanager
    def reloaded(contender: str) -> Iterator[None]:
        if contender not in RELOADED:
            yield
            return
        with one_at_a_time:
            old = processes(contender)
            reload(contender)
            yield
            until_replaced(contender, old)

    before = at_rest()
    send(reloaded)
    exactly(before, 1)
    files = query("metrics_files", "contender")
    most = 3 * (WORKERS + 1) + 2  # of each process, its master's included, and of all that have ended
    for name in NAMES:
        assert 2 < files[(name,)] <= most, f"{name}: {files}"
        assert 2 < answered(get(f"/{name}/usage"), 200).json()["metrics_files"] <= most, name


def until_replaced(contender: str, old: set[int]) -> None:
    """uvicorn keeps a worker, and says so, where its successor is not ready within 5 s: then it is signalled again."""
    again = time.monotonic() + 15

    def replaced() -> bool:
        nonlocal again
        if time.monotonic() > again:
            reload(contender)
            again = time.monotonic() + 15
        return len(old - processes(contender)) == WORKERS

    until(replaced, lambda: (contender, old, processes(contender)), RELOADED_WITHIN)


def processes(contender: str) -> set[int]:
    """The server's."""
    return set(answered(get(f"/{contender}/usage"), 200).json()["processes"])


def reload(contender: str) -> None:
    """From inside, as nginx does not route it."""
    url = f"http://127.0.0.1:8000{control_path(contender, 'internal/reload')}"
    code = f"import urllib.request as r; print(r.urlopen(r.Request({url!r}, method='POST')).status)"
    assert container(contender).exec_run(["python", "-c", code]).output == b"202\n"


def test_two_replicas_one_of_four_workers_count_together() -> None:
    with ExitStack() as stack, ThreadPoolExecutor(len(NAMES)) as pool:
        for made in pool.map(lambda name: enter(replica_of_four(name)), NAMES):
            stack.push(made)
        before = at_rest(2)
        for name in NAMES:
            until_both_answer(name)
        send()
        exactly(before, 2)
        workers = query("count by (contender) (http_workers == 4)", "contender")
        assert workers == {(name,): 1.0 for name in NAMES}


def enter(context: Any) -> Any:
    context.__enter__()
    return context.__exit__


def until_both_answer(contender: str) -> None:
    hosts = set[str]()

    def both() -> bool:
        hosts.add(get(f"/{contender}/healthz").headers["X-Served-By"].partition(",")[0])
        return len(hosts) == 2

    until(both, lambda: (contender, hosts))


@contextmanager
def replica_of_four(contender: str) -> Iterator[None]:
    command = list(container(contender).attrs["Config"]["Cmd"])
    if "-w" in command:  # hypercorn has no variable for it
        command[command.index("-w") + 1] = "4"
    four = {"WEB_CONCURRENCY": "4", "GRANIAN_WORKERS": "4"}
    with variant_container(contender, f"{contender}-of-four", four, command, alias=contender):
        yield
