"""The REST service over real HTTP: uvicorn in a thread, on a loopback port, stopped and started as a test wants."""

import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import uvicorn

from rest.app import app
from rest.models import RunPatch, new_run
from rest.settings import Settings
from rest.store import Store
from tests.unit.databases import Lab, samples_of
from tests.unit.service import MOUNT, RACE

LEASE = Settings().lease.total_seconds()


@dataclass
class LiveService:
    """A client that connects while it starts waits in its accept queue: no readiness check is needed."""

    lab: Lab
    port: int = 0
    _server: uvicorn.Server | None = None
    _thread: threading.Thread = field(default_factory=threading.Thread)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        bound = socket.create_server(("127.0.0.1", self.port))
        self.port = bound.getsockname()[1]
        config = uvicorn.Config(app, root_path=MOUNT, loop="asyncio", ws="none", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [bound]}, name="rest")
        self._thread.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
            self._thread.join()
            self._server = None

    # --- what others do meanwhile, by way of the store ------------------------------------------------

    def queue(self, **members: Any) -> str:
        async def story(store: Store) -> str:
            return str((await store.runs.create(new_run(RACE | members))).run.id)

        return self.lab.play(story)

    def revision(self, run: dict[str, Any]) -> int:
        """It grows with every change that a reader can see."""

        async def story(store: Store) -> int:
            return (await store.runs.get(UUID(run["id"])))[1]

        return self.lab.play(story)

    def cancel(self, run: dict[str, Any]) -> None:
        async def story(store: Store) -> None:
            await store.runs.patch(UUID(run["id"]), RunPatch(state="cancelled"), None)

        self.lab.play(story)

    def delete(self, run: dict[str, Any]) -> None:
        async def story(store: Store) -> None:
            await store.runs.delete(UUID(run["id"]))

        self.lab.play(story)

    def lose_leases(self) -> int:
        """As if all runners had been silent for too long; how many that were."""

        async def story(store: Store) -> int:
            return await store.leases.expire()

        return self.lab.play(story, lambda: datetime.now(UTC) + timedelta(seconds=LEASE + 1))

    def results(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        async def story(store: Store) -> list[dict[str, Any]]:
            return await samples_of(store, UUID(run["id"]))

        return self.lab.play(story)
