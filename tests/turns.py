"""Tests side by side: most share the lab's services; one that counts, times or stops a service has it to itself."""

import fcntl
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling


def _group(name: str) -> pytest.MarkDecorator:
    """One process has the tests of a group, one after the other. It is a parameter of the fixture that each suite has
    for turns, and so in the id of a test: xdist's own `--dist loadgroup` does nothing with pytest 9.2.
    """
    return pytest.mark.parametrize("beside_others", [name], indirect=True)


IN_LAB = "group:lab"
LAB = _group(IN_LAB)  # tests that wait for the bench, or need all of the lab
UPLOADS = _group(
    "group:uploads"
)  # nginx lets two at a time through to a contender, and one of 64 MiB is in memory here
CHANGES = _group("group:changes")  # of one run


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
    """For `pytest_xdist_make_scheduler`: any process runs any test, but for those of a group."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid) or nodeid


def group_of(nodeid: str) -> str | None:
    found = re.search(r"\bgroup:\w+", nodeid)
    return found[0] if found else None


_LOCKS = Path(tempfile.gettempdir())  # of the container, in which all processes of a suite are


@contextmanager
def turn(*services: str, alone: bool) -> Iterator[None]:
    """Services are taken in one order, so that of two tests none waits for the other one for ever."""
    with ExitStack() as held:
        for service in sorted(services):
            with _locked(f"next-{service}", fcntl.LOCK_EX):  # nobody passes a test that waits to be alone
                held.enter_context(_locked(service, fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        yield


@contextmanager
def _locked(name: str, operation: int) -> Iterator[None]:
    with (_LOCKS / f"serverlab-{name}.lock").open("w") as file:
        fcntl.flock(file, operation)
        yield
