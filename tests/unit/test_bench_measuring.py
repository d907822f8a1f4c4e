"""The process that measures, for real: what it tells arrives in order, and it never outlives who started it."""

import os
import platform
import signal
from collections.abc import Iterator

import pytest

from bench.messages import Described, Ended, Message, Noticed
from bench.runner import process as module
from bench.runner.process import Died, Task, measuring
from tests.unit.tiny_experiments import counted, tiny


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller's turns come quickly, so that these tests need not wait for one."""
    monkeypatch.setattr(module, "TICK", 0.02)


def messages(task: Task) -> list[Message]:
    return [message for message in measuring(task) if message is not None]


def begun(told: Iterator[Message | None]) -> int:
    """The process of the experiment `waiting`, once it is at it."""
    for message in told:
        if isinstance(message, Noticed):
            return int(message.data["pid"])
    raise AssertionError("it ended without a word")


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_message_arrives_in_its_order_and_the_end_comes_last() -> None:
    described, *told, end = messages(tiny("counting"))
    assert isinstance(described, Described)
    assert told == counted()
    assert end == Ended(noise={"noisy": False, "doubts": [], "advice": []})


def test_what_is_measured_is_described_also_where_nobody_answers() -> None:
    described, *_ = messages(tiny("counting"))
    assert isinstance(described, Described)
    environment = described.environment
    assert environment.keys() >= {"cores", "cpu_model", "memory_mb", "kernel", "load_before", "contenders", "pinned"}
    assert (environment["cores"], environment["generator"]["python"]) == (os.cpu_count(), platform.python_version())
    wanted = "nginx does not answer (ConnectionRefusedError): docker compose ps --all nginx"
    assert environment["nginx"] == {"error": wanted}


def test_the_caller_has_its_turn_while_nothing_comes_and_closing_ends_the_process() -> None:
    told = measuring(tiny("waiting"))
    pid = begun(told)
    assert [next(told), next(told)] == [None, None]
    assert lives(pid)
    told.close()  # type: ignore[attr-defined]  # it is a generator
    assert not lives(pid), f"wanted process {pid} ended with the iterator"


def test_a_caller_that_fails_leaves_no_process_behind() -> None:
    pids: list[int] = []

    def fails() -> None:
        for message in measuring(tiny("waiting")):
            if isinstance(message, Noticed):
                pids.append(message.data["pid"])
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert not lives(pids[0])


def test_a_process_that_is_killed_is_told_with_its_exit_code() -> None:
    told = measuring(tiny("waiting"))
    os.kill(begun(told), signal.SIGKILL)
    with pytest.raises(Died, match="exit code -9"):
        list(told)


def test_a_process_that_leaves_without_a_word_is_told_with_its_exit_code() -> None:
    with pytest.raises(Died, match="exit code 3"):
        messages(tiny("leaving"))


def test_an_experiment_that_fails_is_told_with_what_it_was_measured_on() -> None:
    described, *told, end = messages(tiny("failing"))
    assert isinstance(described, Described)
    assert len(told) == 1, "wanted what was measured before"
    assert end == Ended(error="ValueError: no water")


def test_parameters_that_are_wrong_are_told_as_the_end() -> None:
    described, end = messages(tiny("misread"))
    assert isinstance(described, Described)
    assert isinstance(end, Ended)
    assert end.error is not None
    assert "requests" in end.error


def test_an_interrupt_is_the_caller_s_to_decide() -> None:
    _, *told, end = messages(tiny("interrupted"))
    assert len(told) == 1, "wanted the experiment to go on"
    assert isinstance(end, Ended)
    assert end.error is None
