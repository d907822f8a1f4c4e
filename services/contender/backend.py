"""Calls to the slow backend, the stand-in for every API and database that a real application waits for."""

import asyncio
import http.client
import os
import re
import time
from typing import Any
from urllib.parse import urlsplit

from contender.observe import trace_headers
from contender.problem import Problem
from contender.workload import Number

_URL = urlsplit(os.environ.get("BACKEND_URL", "http://backend:8000"))
_HOST, _PORT = _URL.hostname or "backend", _URL.port or 80
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ")
_PATIENCE = 5.0  # seconds above the requested wait: connecting and a busy machine, not a hung backend


def call(ms: Number) -> dict[str, Any]:
    """Asks the backend for a wait of `ms` milliseconds and blocks this thread or greenlet meanwhile."""
    started = time.time()
    connection = http.client.HTTPConnection(_HOST, _PORT, timeout=ms / 1000 + _PATIENCE)
    try:
        connection.request("GET", f"/io?ms={ms}", headers=trace_headers())
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(error) from error
    finally:
        connection.close()
    return _outcome(response.status, started)


async def call_async(ms: Number) -> dict[str, Any]:
    """The same request by asyncio's own streams: the event loop serves others meanwhile."""
    started = time.time()
    try:
        async with asyncio.timeout(ms / 1000 + _PATIENCE):
            reader, writer = await asyncio.open_connection(_HOST, _PORT)
            try:
                headers = {"Host": _HOST, "Connection": "close"} | trace_headers()
                lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                request = f"GET /io?ms={ms} HTTP/1.1\r\n{lines}\r\n"
                writer.write(request.encode())
                answer = await reader.read()
            finally:
                writer.close()
        status = _STATUS_LINE.match(answer)
        if status is None:
            raise ConnectionError(f"{answer[:40]!r} isn't HTTP")
    except OSError as error:  # TimeoutError and ConnectionError are
        raise _unreachable(error) from error
    return _outcome(int(status[1]), started)


async def call_all(n: int, ms: Number) -> list[dict[str, Any]]:
    """`n` of these at once. Raises Problem when one fails, after the others have been cancelled."""
    try:
        async with asyncio.TaskGroup() as group:
            calls = [group.create_task(call_async(ms)) for _ in range(n)]
    except* Problem as failed:
        refusal = failed.exceptions[0]
    else:
        return [call.result() for call in calls]
    raise refusal


def _outcome(status: int, started: float) -> dict[str, Any]:
    return {"status": status, "started": round(started, 6), "finished": round(time.time(), 6)}


def _unreachable(error: Exception) -> Problem:
    return Problem(502, f"The slow backend at {_HOST}:{_PORT} is unreachable ({error!r}); is it up?")
