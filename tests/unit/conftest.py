"""What the unit tests share: the backend's stand-ins, and the rule that no request is left behind."""

import gc
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings
from starlette.testclient import TestClient

from bench.runner import process
from contender import backend
from contender.asgi_contract import WORKER as ASGI_WORKER
from contender.wsgi_contract import WORKER as WSGI_WORKER
from frameworks.contract import WORKER as STARLETTE_WORKER
from rest.settings import Settings
from tests.unit.databases import BACKENDS, Lab, emptied, servers
from tests.unit.forkserver import CONTEXT
from tests.unit.live_service import LiveService
from tests.unit.service import served
from tests.unit.slow_api import SlowApi, slow_api

# The checkout is read-only, so there is nowhere for a database of examples; the same examples every time
# instead, and no deadline: a slow machine is not a wrong answer. scripts/explore has other ones, and more.
settings.register_profile("lab", database=None, derandomize=True, deadline=None)
settings.register_profile("explore", database=None, deadline=None, max_examples=500, print_blob=True)
settings.load_profile("lab")  # or the one of --hypothesis-profile, which comes later


@pytest.fixture(scope="session", autouse=True)
def measured_by_a_process_of_the_forkserver() -> Iterator[None]:
    """The suite has threads, and the bench, which forks itself, has none: see test_bench_process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "CONTEXT", CONTEXT)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_collection_before_each_load() -> Iterator[None]:
    """The load generator collects garbage before it measures: of the suite's heap, that takes up to 0.3 s a load."""
    with pytest.MonkeyPatch.context() as patch:
        left = {name: getattr(gc, name) for name in ("freeze", "unfreeze", "disable", "enable")}
        patch.setattr("bench.loadgen.gc_pause.gc", SimpleNamespace(collect=int, **left))
        yield


@pytest.fixture(autouse=True)
def no_request_is_left_behind() -> Iterator[None]:
    yield
    left = {name: worker.in_flight for name, worker in zip(("wsgi", "asgi", "starlette"), WORKERS, strict=True)}
    assert set(left.values()) == {0}, f"wanted no request in flight after the test, got {left}"


@pytest.fixture(autouse=True)
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where a REST service that is started in a test keeps its runs: a database of its own."""
    url = f"sqlite:///{tmp_path}/records.db"
    monkeypatch.setenv("DATABASE_URL", url)
    return url


WORKERS = (WSGI_WORKER, ASGI_WORKER, STARLETTE_WORKER)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowApi]:
    """A backend that answers."""
    with slow_api() as running:
        monkeypatch.setattr(backend, "_HOST", running.host)
        monkeypatch.setattr(backend, "_PORT", running.port)
        yield running


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a backend that is not there: a port that is taken, without a listener."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        host, port = bound.getsockname()
        monkeypatch.setattr(backend, "_HOST", host)
        monkeypatch.setattr(backend, "_PORT", port)
        yield f"{host}:{port}"


# --- the store's tests take `lab`: each database that there is. All others take `records_lab`: SQLite ---------------


@pytest.fixture(scope="session", params=BACKENDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with servers(request.param, tmp_path_factory.mktemp("databases")) as settings:
        yield settings


@pytest.fixture
def lab(server: Settings, tmp_path: Path) -> Lab:
    """An empty database, on each of the databases that there are."""
    return Lab(emptied(server, tmp_path))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with servers("sqlite", tmp_path_factory.mktemp("migrated")) as settings:
        yield settings


@pytest.fixture
def records_lab(migrated: Settings, tmp_path: Path) -> Lab:
    """An empty database on SQLite."""
    return Lab(emptied(migrated, tmp_path))


@pytest.fixture
def rest(records_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client of the REST service, with nothing queued yet."""
    with served(records_lab, monkeypatch) as client:
        yield client


@pytest.fixture
def service(records_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveService]:
    """The REST service over HTTP."""
    monkeypatch.setenv("DATABASE_URL", records_lab.settings.database_url)
    live = LiveService(records_lab)
    live.start()
    yield live
    live.stop()
