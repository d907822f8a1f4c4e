"""What a bench and the generators that it shares a load with say to each other: a JSON document, and arrays behind it.

Each message is the document's length in four bytes, the document, and the arrays as they are in memory: both ends are
the same image, on machines of the same byte order.
"""

import asyncio
import json
import struct
from array import array
from collections import Counter
from dataclasses import asdict
from typing import Any

from bench.loadgen.load_spec import LoadSpec
from bench.loadgen.request import Request
from bench.loadgen.result import Load, Window
from bench.loadgen.schedule import Schedule

LONGEST = 1024 * 1024  # bytes of a document: a request's body may have 64 KiB, and counts of workers are few
LARGEST = 512 * 1024 * 1024  # bytes of an array: two minutes of 500,000 latencies a second, which nothing here sends

_LENGTH = struct.Struct("!I")
_ARRAYS = ("latencies", "lateness", "uncorrected")
_NUMBERS = ("requests", "answered", "timeouts", "intended", "sent", "reconnects", "opened", "queued", "completed")
_OTHERS = ("started", "seconds", "connections", "cpu", "concurrency", "rate", "seed")


class ProtocolError(Exception):
    """What came is not a message of this kind."""


async def send(writer: asyncio.StreamWriter, document: dict[str, Any], *arrays: array[float]) -> None:
    text = json.dumps(document | {"arrays": [len(each) for each in arrays]}).encode()
    writer.write(_LENGTH.pack(len(text)) + text)
    for each in arrays:
        writer.write(each.tobytes())
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> tuple[dict[str, Any], list[array[float]]]:
    """Raises Broken, and IncompleteReadError where the other end has gone."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > LONGEST:
        raise ProtocolError(f"a document of {length} bytes")
    try:
        document: dict[str, Any] = json.loads(await reader.readexactly(length))
        sizes = [8 * int(count) for count in document["arrays"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ProtocolError(str(error)) from None
    arrays = []
    for size in sizes:
        if not 0 <= size <= LARGEST:
            raise ProtocolError(f"an array of {size} bytes")
        arrays.append(array("d", await reader.readexactly(size)))
    return document, arrays


# --- an order ------------------------------------------------------------------------------------------


def spec_message(spec: LoadSpec) -> tuple[dict[str, Any], list[array[float]]]:
    request, schedule = spec.request, spec.schedule
    document = {
        "addresses": [list(each) for each in request.addresses],
        "payload": request.payload.decode("latin-1"),
        "body": None if request.body is None else request.body.decode("latin-1"),
        "service": request.service,
        "part": request.part.decode("latin-1"),
        "least": request.least,
        "status": request.status,
        "window": asdict(spec.window),
        "timeout": spec.timeout,
        "clients": spec.clients,
        "connections": spec.connections,
        "rate": None if schedule is None else schedule.rate,
        "seed": None if schedule is None else schedule.seed,
    }
    return document, [] if schedule is None else [schedule.due]


def read_spec(document: dict[str, Any], arrays: list[array[float]]) -> LoadSpec:
    """Raises Broken."""
    try:
        body = document["body"]
        request = Request(
            addresses=tuple((str(host), int(port)) for host, port in document["addresses"]),
            payload=document["payload"].encode("latin-1"),
            body=None if body is None else body.encode("latin-1"),
            service=document["service"],
            part=document["part"].encode("latin-1"),
            least=document["least"],
            status=document["status"],
        )
        schedule = Schedule(document["rate"], arrays[0], document["seed"]) if arrays else None
        window = Window(**document["window"])
        return LoadSpec(request, window, document["timeout"], document["clients"], schedule, document["connections"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProtocolError(f"no order: {type(error).__name__}: {error}") from None


# --- what came of it -----------------------------------------------------------------------------------


def load_message(load: Load) -> tuple[dict[str, Any], list[array[float]]]:
    document: dict[str, Any] = {name: getattr(load, name) for name in (*_NUMBERS, *_OTHERS)}
    document |= {"errors": dict(load.errors), "workers": [[*worker, count] for worker, count in load.workers.items()]}
    return document, [each for name in _ARRAYS if (each := getattr(load, name)) is not None]


def read_load(document: dict[str, Any], arrays: list[array[float]]) -> Load:
    """Raises Broken."""
    try:
        load = Load(**{name: document[name] for name in (*_NUMBERS, *_OTHERS)})
        load.errors = Counter(document["errors"])
        load.workers = Counter({(host, pid): count for host, pid, count in document["workers"]})
        for name, each in zip(_ARRAYS, arrays, strict=False):
            setattr(load, name, each)
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"no load: {type(error).__name__}: {error}") from None
    return load
