"""The workloads: the parameters of a request, their ranges, and what is the same of them in every codebase."""

import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from contender.problem import Problem

Number = int | float

HELLO = b"Hello, World!\n"
HINT = "</favicon.svg>; rel=preload; as=image"  # what /hints sends early, as a Link header
# What streams tell nginx, in X-Accel-Buffering: to pass on each piece as it comes. It can be broken on purpose.
BUFFERING = "yes" if os.environ.get("PROXY_BUFFERING") == "1" else "no"
UPLOAD_LIMIT = 64 * 1024 * 1024  # bytes; nginx refuses the same size first
UPLOAD_CHUNK = 64 * 1024  # bytes; what is in memory of an upload at a time

# What is read of an unwanted body: as much as nginx lets through beside /upload, for as long as nginx takes to
# hand that on from its own memory. A client that dribbles must not hold a worker for a response that it has already.
DRAIN_BYTES = 1024 * 1024
DRAIN_SECONDS = 1.0

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number in the query string, from `low` to `high`; `whole` ones count things, the others are milliseconds.

    Without a default it is left out where it is not given.
    """

    name: str
    default: Number | None
    low: Number
    high: Number
    whole: bool = False

    def read(self, text: str) -> Number:
        kind = "whole number" if self.whole else "number"
        number = _number(text)
        if number is None or (self.whole and not isinstance(number, int)):
            raise Problem(422, f"{self.name}={text!r} is not a {kind}; use {self.low} to {self.high}.")
        if not self.low <= number <= self.high:
            raise Problem(422, f"{self.name}={text} is out of range; give a {kind} from {self.low} to {self.high}.")
        return number


def _number(text: str) -> Number | None:
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return int(number) if number.is_integer() else number


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words; left out where it is not given."""

    name: str
    choices: tuple[str, ...]
    default: None = None

    def read(self, text: str) -> str:
        if text not in self.choices:
            raise Problem(422, f"{self.name}={text!r} is unknown; use one of {', '.join(self.choices)}.")
        return text


WORKLOADS: dict[str, tuple[Parameter | Choice, ...]] = {
    "whoami": (),
    "io": (Parameter("ms", 100, 0, 10_000),),
    "cpu": (Parameter("ms", 20, 0, 2_000),),
    "block": (Parameter("ms", 100, 0, 10_000),),
    "pool": (Parameter("ms", 100, 0, 10_000),),
    "mix": (
        Parameter("io_ms", 0, 0, 10_000),
        Parameter("cpu_ms", 0, 0, 2_000),
        Parameter("bytes", 0, 0, 1024 * 1024, whole=True),
        Parameter("block_ms", None, 0, 2_000),  # a wait without yielding, beside that of io_ms
    ),
    "db": (
        Parameter("ms", 20, 0, 1_000),
        Parameter("queries", 1, 1, 20, whole=True),
        Parameter("cpu_ms", None, 0, 2_000),
        Choice("driver", ("usual", "blocking")),
    ),
    # 50 in turn, as sync calls them, are over before nginx gives up (60 s).
    "fanout": (Parameter("n", 10, 1, 50, whole=True), Parameter("ms", 100, 0, 1_000)),
    "stream": (
        Parameter("chunks", 5, 1, 1_000, whole=True),
        Parameter("ms", 100, 0, 10_000),
        Parameter("bytes", 0, 0, 1024 * 1024, whole=True),
    ),
    "sse": (Parameter("events", 5, 1, 1_000, whole=True), Parameter("ms", 500, 0, 10_000)),
}


def parameters(workload: str, query: str) -> dict[str, Any]:
    """The workload's parameters as the query string gives them, else their defaults.

    Raises Problem 422 naming the parameter, its value and its range. Names that the workload does not
    know are ignored, as browsers and caches add their own.
    """
    parsed = parse_qs(query, keep_blank_values=True)
    read = ((each.name, _one(each, parsed.get(each.name))) for each in WORKLOADS[workload])
    return {name: value for name, value in read if value is not None}


def _one(parameter: Parameter | Choice, values: list[str] | None) -> Number | str | None:
    if values is None:
        return parameter.default
    if len(values) > 1:
        raise Problem(422, f"{parameter.name} occurs {len(values)} times ({', '.join(values)}); give it once.")
    return parameter.read(values[0])


def block(ms: Number) -> None:
    """Waits in C without yielding, whatever the model."""
    signal.sigtimedwait([], ms / 1000)


# What a comparison has to find: tests/benchmarks/ab.py plants it in a slot (`--b env.BURN_MORE_MS=0.2`).
BURN_MORE_MS = float(os.environ.get("BURN_MORE_MS") or 0)


def burn(ms: Number) -> None:
    """Uses `ms` milliseconds of this thread's CPU time; on a busy machine that takes longer by the clock."""
    if ms:
        ms += BURN_MORE_MS
    end = time.thread_time() + ms / 1000
    while time.thread_time() < end:
        sum(range(500))


def line(number: int, count: int, *, padding: str = "") -> str:
    """What /stream sends: which chunk it is, when it was made (seconds since the epoch), and what makes it longer."""
    return f"chunk {number} of {count} made at {time.time():.6f}{padding}\n"


def padder(params: dict[str, Any]) -> Callable[[int, int], str]:
    """`line` padded by the bytes that /stream requested."""
    return partial(line, padding=" ".ljust(int(params["bytes"]), "x")) if params["bytes"] else line


def event(number: int, count: int) -> str:
    """What /sse sends, with an id that a browser gives back when it reconnects (`Last-Event-ID`)."""
    return f'id: {number}\ndata: {{"event": {number}, "of": {count}, "made": {time.time():.6f}}}\n\n'


def first_event(last_event_id: str | None) -> int:
    """The event to begin with: the one after the last that the client has seen."""
    known = last_event_id is not None and last_event_id.isascii() and last_event_id.isdecimal()
    return int(last_event_id or 0) + 1 if known and len(last_event_id or "") < 10 else 1


def subprotocol(offered: Sequence[str]) -> str | None:
    """What /ws selects of the subprotocols that a client offers."""
    return "echo" if "echo" in offered else None


def too_large() -> Problem:
    return Problem(413, f"The body is larger than {UPLOAD_LIMIT} bytes (64 MiB); send less.")
