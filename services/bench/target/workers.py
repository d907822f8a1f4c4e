"""How many workers a contender has while a run measures it, and that it gets its own number back."""

import json
from contextlib import suppress
from pathlib import Path

from bench.target.replicas import NoAnswer, ask, replicas
from contender.catalogue import mount

CHANGED = Path("/data/changed")  # contenders, on a volume that outlives a bench: the next one finds what this one left
PATIENCE = 40.0  # seconds; a contender gives up after 30, and says why
HOPS = 40  # workers of uvicorn that stop meanwhile, and send on to the next: at most all 32


def change(contender: str, workers: int) -> None:
    """Of each replica, until exactly so many serve. Raises NoAnswer with the contender's own reason."""
    _note([*_noted(), contender])
    _each(contender, "PUT", json.dumps({"workers": workers}))


def restore() -> None:
    """Gives all that were changed their own number back. One that is down starts with it anyway."""
    for contender in dict.fromkeys(_noted()):
        with suppress(NoAnswer):
            _each(contender, "DELETE", None)
    CHANGED.unlink(missing_ok=True)


def _each(contender: str, method: str, body: str | None) -> None:
    for address in replicas(contender):
        for _ in range(HOPS):
            path = f"{mount(contender)}/internal/workers"
            response, answer = ask(contender, address, path, method, body, PATIENCE)
            if response.status != 307:
                break
        if response.status != 200:
            raise NoAnswer(_reason(contender, response.status, answer))


def _reason(contender: str, status: int, answer: bytes) -> str:
    try:
        return f"{contender}: {json.loads(answer)['detail']}"
    except ValueError, KeyError, TypeError:
        return f"{contender} answers {status} when it is told its number of workers: docker compose logs {contender}"


def _noted() -> list[str]:
    try:
        return CHANGED.read_text().split()
    except FileNotFoundError:
        return []


def _note(contenders: list[str]) -> None:
    CHANGED.write_text(" ".join(dict.fromkeys(contenders)))
