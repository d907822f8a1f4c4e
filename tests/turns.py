"""Tests side by side: most share the lab's services; one that counts, times or stops a service has it to itself."""

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

# Tests of a suite that wait for the bench, or need all of the lab: one process has them, one after the other.
LAB = pytest.mark.xdist_group("lab")
# One after the other: nginx lets two uploads at a time through to each contender, and one of 64 MiB is in memory here.
UPLOADS = pytest.mark.xdist_group("uploads")

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
