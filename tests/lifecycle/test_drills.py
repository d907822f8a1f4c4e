"""Drills find what is lost, and nothing where nothing is: the same one with nginx as it is, and without its retries."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from bench.loadgen import clock
from drills.cli import document
from drills.drill import drill
from drills.faults import ALL, Fault
from drills.traffic import RATE, Answer, Edge, Traffic
from tests.e2e.lab import HOST, PORT
from tests.lifecycle.engine import container

BARE = 8081  # a port inside nginx's container, which nobody else can reach

# Beside the running one, in the same container: nginx with its own configuration, less the lines that ask again.
START = f"""
mkdir /tmp/bare && cp -r /etc/nginx/. /tmp/bare && cd /tmp/bare
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


def test_two_replicas_that_vanish_cost_nothing() -> None:
    (row,) = document([ALL["scale"]], ["sync"], (HOST, PORT))["rows"]
    assert row["requests"] > 20
    assert (row["lost"], row["others_lost"]) == (0, 0), row


def test_without_retries_the_same_drill_loses(without_retries: int) -> None:
    (row,) = document([ALL["scale"]], ["sync"], (HOST, without_retries))["rows"]
    assert row["lost"] > 0, f"a drill that sees no loss where there must be some: {row}"
    assert row["others_lost"] == 0, row


def test_what_has_to_be_mended_by_hand_is() -> None:
    done = document([ALL["cut-off"]], ["uvicorn"], (HOST, PORT))
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
