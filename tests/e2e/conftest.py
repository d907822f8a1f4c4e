"""Every contender of the catalogue, by name: a test that takes `contender` runs once for each. And a held queue.

The suite runs in several processes: most of it waits. What uses the bench is one group, LAB, in one of them.
"""

from collections.abc import Iterator

import pytest

from tests.e2e.lab import ASGI, NAMES, WSGI
from tests.e2e.queue import held
from tests.turns import LAB, turn

_CONTENDERS = ("contender", "wsgi_contender", "asgi_contender")


@pytest.fixture(autouse=True)
def beside_others(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests of one contender share it, and so do tests that call all of them, but for those that take `alone`.

    A run takes its contenders by itself, when it is measured: see tests.e2e.queue.finished.
    """
    alone = "alone" in request.fixturenames
    if request.node.get_closest_marker("xdist_group") == LAB.mark and not alone:
        yield
        return
    params = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    names = [params[each] for each in _CONTENDERS if each in params] or NAMES
    with turn(*names, alone=alone):
        yield


@pytest.fixture
def alone() -> None:
    """No other test uses the test's contender meanwhile, or any contender where it takes none."""


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
