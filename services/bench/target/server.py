"""Signals a contender's server to reload or to restart while it is measured."""

import time
from collections.abc import Callable
from functools import partial
from typing import Literal

from bench.target.replicas import Address, NoAnswer, failure_detail, fetch, replicas
from contender.catalogue import control_path

PATIENCE = 40.0  # seconds: a server gives its requests 15 s, Docker ends it after 20, and starts it again in one
FOUND = 2.0  # seconds in which nginx has found a replica that is back; orchestrators have a setting for it, too
LOOK = 0.02  # seconds between two looks: a restart takes half a second and more


def signal_server(contender: str, what: Literal["reload", "restart"]) -> None:
    """Replica by replica: a restart goes on to the next when the one before is back, and found. Raises NoAnswer."""
    addresses = replicas(contender)
    for number, address in enumerate(addresses):
        if number and what == "restart":
            time.sleep(FOUND)
        path = control_path(contender, "internal/reload" if what == "reload" else "internal/stop")
        response, answer = fetch(contender, address, path, "POST")
        if response.status != 202:
            raise NoAnswer(failure_detail(contender, response.status, answer, what))
        if what == "restart":
            _until(contender, partial(_is_away, contender, address))
            # Docker starts the same container again, Swarm another one, at another address.
            _until(contender, lambda: sum(_answers(contender, each) for each in replicas(contender)) >= len(addresses))


def _until(contender: str, fact: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not fact():
        if time.monotonic() > end:
            raise NoAnswer(f"{contender} did not restart within {PATIENCE:g} s.")
        time.sleep(LOOK)


def _is_away(contender: str, address: Address) -> bool:
    return not _answers(contender, address)


def _answers(contender: str, address: Address) -> bool:
    try:
        response, _ = fetch(contender, address, control_path(contender, "healthz"), patience=1.0)
    except NoAnswer:
        return False
    return response.status == 200
