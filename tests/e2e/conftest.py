"""Every contender of the catalogue, by name: a test that takes `contender` runs once for each. And a held queue."""

from collections.abc import Iterator

import pytest

from tests.e2e.lab import ASGI, NAMES, WSGI
from tests.e2e.queue import held


@pytest.fixture(params=NAMES)
def contender(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=WSGI)
def wsgi_contender(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=ASGI)
def asgi_contender(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def held_queue() -> Iterator[None]:
    """What a test of this module queues stays queued."""
    with held():
        yield
