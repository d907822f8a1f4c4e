"""How many workers a contender has while a run measures it, and that it gets its own number back."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPResponse
from pathlib import Path

from bench.target.replicas import Address, NoAnswer, failure_detail, fetch, is_running, replicas
from contender.catalogue import control_path

CHANGED = Path("/data/changed")  # contenders, on a volume that outlives a bench: the next one finds what this one left
PATIENCE = 40.0  # seconds; a contender gives up after 30, with its reason
PAUSE = 0.1  # seconds, before the next attempt, which another worker may get


def change(contender: str, workers: int) -> None:
    """Of each replica, until exactly so many serve. Raises NoAnswer with the contender's own reason."""
    _note(contender)
    _each(contender, "PUT", json.dumps({"workers": workers}))


def restore() -> None:
    """Gives all that were changed their own number back, side by side. One that is down starts with it anyway."""
    if noted := _read_changes():
        with ThreadPoolExecutor(len(noted)) as pool:
            list(pool.map(_restore, noted))
        CHANGED.unlink(missing_ok=True)


def _restore(contender: str) -> None:
    if is_running(contender):
        with suppress(NoAnswer):
            _each(contender, "DELETE", None)


def _each(contender: str, method: str, body: str | None) -> None:
    for address in replicas(contender):
        response, answer = _request_until_done(contender, address, method, body)
        if response.status != 200:
            raise NoAnswer(failure_detail(contender, response.status, answer, "a worker resize"))
        end = time.monotonic() + PATIENCE  # its server ends it after 15 s
        while not _has_ended(contender, address, json.loads(answer)["stopping"]) and time.monotonic() < end:
            time.sleep(PAUSE)


def _has_ended(contender: str, address: Address, pid: int | None) -> bool:
    """Whether the worker that answered, and stops itself, has ended: one with open connections serves them so long."""
    try:
        response, answer = fetch(contender, address, control_path(contender, "usage"))
    except NoAnswer:
        return False  # it got the request, and closed the connection
    return response.status != 200 or pid not in json.loads(answer)["processes"]


def _request_until_done(contender: str, address: Address, method: str, body: str | None) -> tuple[HTTPResponse, bytes]:
    """A worker of uvicorn that stops itself sends on to another one (307), or breaks off a connection just made."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            response, answer = fetch(
                contender, address, control_path(contender, "internal/workers"), method, body, PATIENCE
            )
            if response.status != 307:
                return response, answer
        except NoAnswer:
            if time.monotonic() > end:
                raise
        time.sleep(PAUSE)


def _read_changes() -> list[str]:
    try:
        return list(dict.fromkeys(CHANGED.read_text().split()))
    except FileNotFoundError:
        return []


def _note(contender: str) -> None:
    with CHANGED.open("a") as changed:  # in one write, so that two at the same time are both noted
        changed.write(f"{contender}\n")
