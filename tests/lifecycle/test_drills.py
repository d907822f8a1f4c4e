"""Drills find what is lost, and nothing where nothing is: the same one with nginx as it is, and without its retries."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bench.loadgen import clock
from drills.cli import run_drills
from drills.drill import drill
from drills.faults import ALL, Fault
from drills.traffic import RATE, Answer, Edge, Traffic, lost
from tests.e2e.lab import HOST, PORT
from tests.lifecycle.engine import container

BARE = 8082  # a port inside nginx's container, which nobody else can reach

# Beside the running one, in the same container: nginx with its own configuration, less the lines that ask again.
START = f"""
mkdir /tmp/bare && cp -r /etc/nginx/. /tmp/bare && cd /tmp/bare && rm conf.d/observe.conf
sed -i 's/listen 8080/listen {BARE}/; /listen 8443/d; /error_page 502 504 = /d' conf.d/lab.conf
sed -i 's#/tmp/nginx.pid#/tmp/bare.pid#' nginx.conf
nginx -c /tmp/bare/nginx.conf
"""
STOP = "nginx -c /tmp/bare/nginx.conf -s quit; rm -r /tmp/bare"


@pytest.fixture
def without_retries() -> Iterator[int]:
    nginx = container("nginx")
    started = nginx.exec_run(["bash", "-e", "-c", START])
    assert started.exit_code == 0, started.output
    yield BARE
    nginx.exec_run(["bash", "-c", STOP])


@contextmanager
def flowing(traffic: Traffic) -> Iterator[None]:
    """A load beside that of a drill, which has the main thread: it handles signals."""
    over = threading.Event()

    async def flow() -> None:
        async with traffic.flowing():
            await asyncio.to_thread(over.wait)

    with ThreadPoolExecutor(1) as pool:
        flows = pool.submit(asyncio.run, flow())
        try:
            yield
        finally:
            over.set()
    flows.result()


def test_two_replicas_that_vanish_cost_nothing_with_retries_and_something_without(without_retries: int) -> None:
    """gevent, as sync could not serve both loads: they are all that two of its workers can do."""
    bare = Traffic(("gevent", "uvicorn"), (HOST, without_retries))
    with flowing(bare):
        (row,) = run_drills([ALL["scale"]], ["gevent"], (HOST, PORT))["rows"]
    assert row["requests"] > 20
    assert (row["lost"], row["others_lost"]) == (0, 0), row
    hit, other = (bare.of(each, 0) for each in bare.targets)
    assert lost(hit) > 0, f"a load that sees no loss where there must be some: {len(hit)} requests"
    assert lost(other) == 0, f"{lost(other)} of {len(other)} requests to uvicorn"


def test_what_has_to_be_mended_by_hand_is() -> None:
    done = run_drills([ALL["cut-off"]], ["uvicorn"], (HOST, PORT))
    assert [each["by_hand"] for each in done["faults"]] == [True]
    (row,) = done["rows"]
    assert row["recovery_s"] is not None, row
    assert row["lost"] > 0, "nobody answers on a network that is cut"


def test_a_drill_that_is_stopped_while_it_breaks_something_puts_it_back() -> None:
    did, breaking = list[str](), threading.Event()

    def steps(_: str, __: Edge) -> Iterator[None]:
        yield
        breaking.set()
        time.sleep(0.2)  # the engine takes its time
        did.append("broken")
        yield
        did.append("mended")
        yield
        did.append("put back")

    async def stopped() -> None:
        traffic, now = Traffic(("sync",), (HOST, PORT)), clock()
        traffic._answers["sync"] = [Answer(now - n / RATE, now - n / RATE + 0.05) for n in range(40, 0, -1)]
        task = asyncio.create_task(drill(Fault("slow", "takes its time", steps), "sync", traffic, (HOST, PORT)))
        await asyncio.to_thread(breaking.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert did == ["broken", "mended", "put back"]
