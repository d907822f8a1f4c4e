"""Runs that several tests look at, in several processes: the first one makes it, the others find it by its tag.

The tag is of one call of pytest: a run that was measured before, perhaps with other code, is never found.
"""

import json
import os
from hashlib import sha256
from typing import Any
from uuid import uuid4

from tests.e2e.lab import answered, ask, get
from tests.e2e.queue import RUNS, ended, queued
from tests.turns import turn

SHARED = "shared-by-tests"  # all of them have this tag, too
SESSION = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex  # xdist's, which all processes of a call have

Order = dict[str, Any]  # experiment, params and contenders


def stored(order: Order) -> dict[str, Any]:
    """That run, done, with its `results` and `notices`. No test may change it; it is kept until `forget`."""
    tag = tag_of(order, SESSION)
    with turn("bench", alone=True):
        found = [f"{RUNS}/{run['id']}" for run in _listed(tag)]
        return ended(found[0] if found else queued(order | {"tags": [SHARED, tag]}))


def forget() -> None:
    """Deletes all of them, whichever call made them."""
    for run in _listed(SHARED):
        ask("DELETE", f"{RUNS}/{run['id']}")


def tag_of(order: Order, session: str) -> str:
    return sha256(json.dumps([order, session], sort_keys=True).encode()).hexdigest()


def _listed(tag: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = answered(get(RUNS, params={"tag": tag, "limit": 100}), 200).json()["items"]
    return items
