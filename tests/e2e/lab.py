"""The lab as its users reach it: through nginx, and with failures that say who was asked for what."""

import http.client
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

CATALOGUE: list[dict[str, str]] = json.loads((Path(__file__).parents[2] / "services" / "catalog.json").read_text())
DEFAULTS = [row["name"] for row in CATALOGUE if "profile" not in row]
PROFILES = os.environ.get("COMPOSE_PROFILES", "").split(",")
UP = [row for row in CATALOGUE if row.get("profile") in (None, *PROFILES)]
NAMES = [row["name"] for row in UP]
ASGI = [row["name"] for row in UP if row["interface"] == "asgi"]
WSGI = [row["name"] for row in UP if row["interface"] == "wsgi"]
WORKERS = int(os.environ.get("WORKERS", "2"))
URL = os.environ.get("LAB_URL", "http://localhost:8080")
HOST, PORT = urlsplit(URL).hostname or "localhost", urlsplit(URL).port or 80

# The longest thing asked for takes a few seconds; beyond half a minute an answer is lost, not slow.
PATIENCE = 30.0

# By how much less than it was asked to a wait may take: uvloop's timers count in whole milliseconds, to which it rounds
# what it is given, and may be one early.
EARLY_MS = 2

PROBLEM = "application/problem+json"


def ask(method: str, path: str, **options: Any) -> requests.Response:
    return requests.request(method, URL + path, timeout=PATIENCE, allow_redirects=False, **options)


def get(path: str, **options: Any) -> requests.Response:
    return ask("GET", path, **options)


# The contract: a contender answers again within 2 s of being healthy, with nginx untouched.
SOON = 2.0


def answers_soon(path: str, wanted: Callable[[requests.Response], bool], within: float = SOON) -> None:
    """Asks until the answer is the wanted one; later than the contract allows is a failure."""
    began = time.monotonic()
    while not wanted(response := requests.get(URL + path, timeout=PATIENCE)):
        late = time.monotonic() - began
        assert late < within, f"{path} still answers {response.status_code} {late:.1f} s after it was healthy"


def answered(response: requests.Response, status: int, media_type: str | None = None) -> requests.Response:
    """The response, if it is the wanted one; else a failure that ends the hunt."""
    got = response.headers.get("Content-Type", "").partition(";")[0]
    fits = response.status_code == status and media_type in (None, got)
    assert fits, f"{describe(response)}\nwanted {status} {media_type or ''}"
    return response


def spoken(request: bytes) -> http.client.HTTPResponse:
    """A request that no client library would send, word for word."""
    with socket.create_connection((HOST, PORT), timeout=PATIENCE) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        response.body = response.read()  # type: ignore[attr-defined]
        return response


def process(row: dict[str, Any]) -> tuple[str, int]:
    """Who answered: a process id is unique in its container only, and a contender may have several."""
    return row["host"], row["pid"]


def describe(response: requests.Response) -> str:
    request = response.request
    return (
        f"{request.method} {request.url} answered {response.status_code} {response.headers.get('Content-Type')}"
        f" (request id {response.headers.get('X-Request-Id')}):\n{response.text[:500]}"
    )


def problem(response: requests.Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal: RFC 9457, with the status that it was sent with."""
    document: dict[str, Any] = answered(response, status, PROBLEM).json()
    assert list(document) == ["type", "title", "status", "detail", "instance"], describe(response)
    assert document["status"] == status, describe(response)
    assert "Traceback" not in response.text, describe(response)
    assert "<html" not in response.text, describe(response)
    return document
