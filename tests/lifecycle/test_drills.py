"""Drills find what is lost, and nothing where nothing is: the same one with nginx as it is, and without its retries."""

from collections.abc import Iterator

import pytest

from drills.cli import document
from drills.faults import ALL
from tests.e2e.lab import HOST, PORT
from tests.lifecycle.engine import container

BARE = 8081  # a port inside nginx's container, which nobody else can reach

# Beside the running one, in the same container: nginx with its own configuration, less the lines that ask again.
START = f"""
mkdir /tmp/bare && cp -r /etc/nginx/. /tmp/bare && cd /tmp/bare
sed -i 's/listen 8080/listen {BARE}/; /error_page 502 504 = /d' conf.d/lab.conf
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
    done = document([ALL["pause"], ALL["cut-off"]], ["uvicorn"], (HOST, PORT))
    assert [each["by_hand"] for each in done["faults"]] == [True, True]
    assert all(row["recovery_s"] is not None for row in done["rows"]), done["rows"]
    assert done["rows"][1]["lost"] > 0, "nobody answers on a network that is cut"
