"""Every contender of the catalogue, by name: a test that takes `contender` runs once for each. And a held queue.

The suite runs in several processes: most of it waits. What uses the bench is one group, LAB, in one of them.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.lab import ASGI, NAMES, WSGI
from tests.e2e.queue import held
from tests.turns import IN_LAB, ByGroup, turn

_CONTENDERS = ("contender", "wsgi_contender", "asgi_contender")


@pytest.hookimpl(optionalhook=True)  # of xdist, which is not asked where one process runs all
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    return ByGroup(config, log)


@pytest.fixture(autouse=True)
def beside_others(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests of one contender share it, and so do tests that call all of them, but for those that take `alone`.

    A run takes its contenders by itself, when it is measured: see tests.e2e.queue.finished.
    """
    alone, in_lab = "alone" in request.fixturenames, getattr(request, "param", "") == IN_LAB
    params = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    names = [params[each] for each in _CONTENDERS if each in params and not in_lab] or NAMES
    if in_lab and not alone:
        names = []
    with turn(*names, alone=alone):
        yield


@pytest.fixture
def alone() -> None:
    """No other test uses the test's contender meanwhile; none uses any contender where it takes none, or is of LAB."""


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
