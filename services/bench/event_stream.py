"""Server-sent events, read from a stream that has ended.

A reader of its own: the kept libraries come with an HTTP client (httpx-sse) that the bench has no other use for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    type: str
    data: str


def parse(text: str) -> Iterator[Event]:
    """https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation"""
    for block in re.split(r"\n\n+", re.sub(r"\r\n?", "\n", text)):
        members: dict[str, list[str]] = {}
        for line in block.split("\n"):  # not splitlines(): it also ends lines that JSON does not
            name, _, value = line.partition(":")
            members.setdefault(name, []).append(value.removeprefix(" "))
        if "data" in members:  # else a comment, which keeps the connection alive
            yield Event(members.get("event", ["message"])[-1], "\n".join(members["data"]))
