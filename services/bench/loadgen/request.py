"""One request, as bytes that are made once, and what a right answer to it is."""

import re
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from bench.loadgen.resolver import Address


class Expected(TypedDict, total=False):
    """What makes an answer a right one: see Request."""

    body: bytes | None
    service: str | None
    part: bytes
    least: int
    status: int
    below: int | None


_CLOSES = re.compile(rb"\r\nconnection:[ \t]*close[ \t]*(?:\r\n|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """`addresses` are used in turn by new connections; `payload` is a complete HTTP/1.1 request.

    A right answer has `status`, and exactly `body`, or a JSON object of `service`, where one of them is given; it has
    `least` bytes at least, and `part` somewhere in it. With `below`, any status below that is right.
    """

    addresses: tuple[Address, ...]
    payload: bytes
    body: bytes | None = None
    service: str | None = None
    part: bytes = b""
    least: int = 0
    status: int = 200
    below: int | None = None
    _named: bytes = field(init=False, repr=False)
    _pattern: re.Pattern[bytes] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        name = (self.service or "").encode()
        object.__setattr__(self, "_named", b'"service": "' + name + b'"')
        object.__setattr__(self, "_pattern", re.compile(rb'"service"\s*:\s*"' + re.escape(name) + b'"'))

    @property
    def reads_body(self) -> bool:
        """Whether a right answer is known by its body, which is therefore kept; else its bytes are only counted."""
        return self.body is not None or self.service is not None or bool(self.part) or self.least > 0

    @property
    def host(self) -> str:
        """Its Host header, which is the first."""
        return self.payload.split(b"\r\n", 2)[1].removeprefix(b"Host: ").decode("latin-1")

    @property
    def closes(self) -> bool:
        """Whether it requests its connection to be closed after the response."""
        return _CLOSES.search(self.payload.partition(b"\r\n\r\n")[0]) is not None

    def fault(self, status: int, body: bytes) -> str | None:
        """What is wrong with an answer, or nothing. To parse its JSON would cost more than all the rest."""
        if status != self.status if self.below is None else status >= self.below:
            return f"status {status}"
        if self.body is not None:
            return None if body == self.body else "wrong body"
        if len(body) < self.least or self.part not in body:
            return "wrong body"
        if self.service is None or (self._named in body and body[0] == 123 and b"}" in body[-2:]):
            return None
        return None if self._is_identity(body) else "wrong body"

    def _is_identity(self, body: bytes) -> bool:
        """The same, of JSON that is written with other white space than Python's."""
        text = body.strip()
        return text.startswith(b"{") and text.endswith(b"}") and self._pattern.search(text) is not None


def get(
    addresses: tuple[Address, ...],
    host: str,
    path: str,
    headers: tuple[tuple[str, str], ...] = (),
    **expected: Unpack[Expected],
) -> Request:
    """A GET of `path` (with its query string); `host` is the Host header."""
    return Request(addresses, _head(f"GET {path}", host, headers), **expected)


def any_request(
    addresses: tuple[Address, ...],
    host: str,
    what: str,
    headers: tuple[tuple[str, str], ...] = (),
    content: bytes | None = None,
    status: int = 200,
) -> Request:
    """`what` is a method and a path; `content` is sent with it. A Host among the headers takes the place of `host`.

    The headers are sent as they are. Those of the body's framing are not among them: experiments.schema.headers
    refuses them.
    """
    named = next((value for name, value in headers if name.lower() == "host"), host)
    rest = tuple((name, value) for name, value in headers if name.lower() != "host")
    length = () if content is None else (("Content-Length", str(len(content))),)
    return Request(addresses, _head(what, named, (*rest, *length)) + (content or b""), status=status)


def post(addresses: tuple[Address, ...], host: str, path: str, length: int) -> Request:
    """A POST of so many bytes, for clients that are slow to send them."""
    headers = (("Content-Type", "application/octet-stream"), ("Content-Length", str(length)))
    return Request(addresses, _head(f"POST {path}", host, headers) + b"x" * length)


def _head(what: str, host: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [f"{what} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
