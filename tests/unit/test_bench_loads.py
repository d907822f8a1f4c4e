"""What a load is made of before it is sent, and others that are another attack than was meant."""

from collections import Counter

import pytest

from bench.loadgen import Load
from bench.loadgen.result import CONNECTIONS
from bench.scenarios.load import _schedule, pool
from bench.scenarios.point import Point
from bench.scenarios.victim import FAILED, _failed


def test_random_arrivals_are_the_same_for_every_contender_and_others_in_each_repeat() -> None:
    one, other, later = Point("sync", 100, 1), Point("gevent", 100, 1), Point("sync", 100, 2)
    assert _schedule(one, "poisson", 5) == _schedule(other, "poisson", 5)
    assert _schedule(one, "poisson", 5) != _schedule(later, "poisson", 5)
    assert _schedule(one, "constant", 5) == _schedule(later, "constant", 5)


@pytest.mark.parametrize(("rate", "takes", "wanted"), [(10, 0.1, 64), (200, 0.1, 80), (1000, 3, CONNECTIONS)])
def test_there_are_several_times_as_many_connections_as_are_in_use(rate: float, takes: float, wanted: int) -> None:
    assert pool(rate, takes) == wanted


@pytest.mark.parametrize(("failed", "wanted"), [(10, False), (11, True)])
def test_others_that_are_told_off_are_another_attack(failed: int, wanted: bool) -> None:
    load = Load(intended=int(10 / FAILED), errors=Counter({"status 502": failed}))
    doubt = _failed("uvicorn", load)
    assert (doubt is not None) is wanted
    if doubt is not None:
        assert f"uvicorn: {failed} of the others' 1000 requests failed ({failed} times status 502" in doubt.text


def test_others_that_are_never_answered_are_told_as_well() -> None:
    doubt = _failed("sync", Load(intended=4, timeouts=4))
    assert doubt is not None
    assert "4 time-outs" in doubt.text
