r"""What the store costs, as ratios in one run: a deep page against the first, and all of it against bare SQLAlchemy.

docker compose run --rm --no-deps --volume /data --env TMPDIR=/data --entrypoint python \
    tests tests/benchmarks/records.py

The volume is a real disk: the suite's own /tmp is memory, where durability costs nothing. Each pair is measured
turn by turn, so that a noisy moment spoils both sides; the medians are compared.
"""

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid7

from sqlalchemy import insert, select

from rest.migrate import migrate
from rest.models import Filters, new_run
from rest.settings import Settings
from rest.store import Store, rows
from rest.tables import events, labels, runs

RUNS = 100_000
BATCH = 5_000
PAGE, DEEP = 100, 900
TURNS = 41
WRITES = 200

Work = Callable[[], Awaitable[Any]]
NEW = new_run({"experiment": "race", "tags": ["nightly"]})


async def seconds(work: Work) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def compare(what: str, one: Work, other: Work, turns: int = TURNS) -> None:
    """Prints how many times as long `other` takes as `one`."""
    pairs = [(await seconds(one), await seconds(other)) for _ in range(turns)]
    first, second = (statistics.median(each) * 1000 for each in zip(*pairs, strict=True))
    sys.stdout.write(f"{what:<58} {first:8.2f} ms {second:8.2f} ms   {second / first:5.2f}\n")


def a_run() -> dict[str, Any]:
    moment = datetime.now(UTC)
    known = {"id": uuid7(), "state": "done", "progress": 1, "created": moment, "started": moment, "finished": moment}
    counters = {"revision": 3, "last_event": 2, "attempts": 1, "last_batch": 1}
    return (
        known | counters | NEW.model_dump(mode="json") | {"environment": {"cores": 2, "kernel": "6.1"}, "error": None}
    )


def labels_of(run: dict[str, Any]) -> list[dict[str, Any]]:
    named = [("contender", each) for each in run["contenders"]] + [("tag", each) for each in run["tags"]]
    return [{"kind": kind, "value": value, "run_id": run["id"]} for kind, value in named]


async def fill(store: Store) -> list[dict[str, Any]]:
    made = [a_run() for _ in range(RUNS)]
    for start in range(0, RUNS, BATCH):
        batch = made[start : start + BATCH]
        async with store.database.writing() as connection:
            await connection.execute(insert(runs), batch)
            await connection.execute(insert(labels), [label for run in batch for label in labels_of(run)])
    return made


async def cursor_of(store: Store, page: int) -> str | None:
    cursor = None
    for _ in range(page - 1):
        cursor = (await store.runs.page(Filters(), PAGE, cursor)).next
    return cursor


async def reads(store: Store, made: list[dict[str, Any]]) -> None:
    deep, known = await cursor_of(store, DEEP), random.Random(1).choice(made)["id"]  # the same one each time

    async def bare(query: Any) -> Any:
        async with store.database.engine.connect() as connection:
            return (await connection.execute(query)).all()

    newest = select(*rows.COLUMNS).order_by(runs.c.id.desc()).limit(PAGE + 1)
    one = select(*rows.COLUMNS, runs.c.revision).where(runs.c.id == known)

    async def first() -> Any:
        return await store.runs.page(Filters(), PAGE)

    await compare(f"list of {PAGE}: page 1, page {DEEP}", first, lambda: store.runs.page(Filters(), PAGE, deep))
    await compare(f"list of {PAGE}: bare SQLAlchemy, store", lambda: bare(newest), first)
    await compare("one run: bare SQLAlchemy, store", lambda: bare(one), lambda: store.runs.get(known))


async def writes(store: Store) -> None:
    """The same rows, each run in a transaction that is on disk when it ends."""

    async def bare() -> None:
        run = a_run()
        async with store.database.writing() as connection:
            await connection.execute(insert(runs), run)
            await connection.execute(insert(labels), labels_of(run))
            await connection.execute(insert(events), {"run_id": run["id"], "id": 1, "type": "state", "data": {}})

    await compare("queue a run: bare SQLAlchemy, store", bare, lambda: store.runs.create(NEW), WRITES)


async def measure(settings: Settings) -> None:
    await asyncio.to_thread(migrate, settings)
    store = Store.open(settings)
    made = await fill(store)
    sys.stdout.write(f"{RUNS} runs on {settings.database_url.partition(':')[0]}, load {os.getloadavg()[0]:.1f}\n")
    await reads(store, made)
    await writes(store)
    await store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(measure(Settings.read({"DATABASE_URL": f"sqlite:///{directory}/records.db"} | os.environ)))
