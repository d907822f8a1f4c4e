"""Headers of the user's own request: which of them can be sent as they are."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

HEADER = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+: ?[\t -~]*"  # RFC 9110, in ASCII

# For one connection, which through nginx is the one to nginx: it passes none of them on, or answers them itself.
# https://nginx.org/r/proxy_set_header, and the defaults of its source, ngx_http_proxy_headers.
HOP_BY_HOP = ("connection", "keep-alive", "proxy-connection", "te", "expect")
# What no setting lets through, with the reason.
REFUSED = {
    "content-length": "the bench computes it from the body",
    "transfer-encoding": "the bench sends a body with its length",
    "upgrade": "the bench goes on with HTTP/1.1; the experiment protocols measures upgrades",
}
ONCE = ("host", "connection")  # of which a second one would contradict the first
CONNECTION = ("close", "keep-alive")


def split(header: str) -> tuple[str, str]:
    name, _, value = header.partition(":")
    return name, value.strip()


def is_closed_by(headers: list[str]) -> bool:
    """Whether they request a connection that ends with the response."""
    return any((name.lower(), value.lower()) == ("connection", "close") for name, value in map(split, headers))


def _well_formed(header: str) -> str:
    if not re.fullmatch(HEADER, header):
        raise PydanticCustomError("header", "{header} is not in 'Name: value' form", {"header": repr(header[:100])})
    return header


def _sendable(headers: list[str], info: ValidationInfo) -> list[str]:
    """What was requested is what is sent, or is refused here: nothing is dropped on the way."""
    names = [split(each)[0] for each in headers]
    for name, value in map(split, headers):
        problem = _problem(name.lower(), value, direct=bool(info.data.get("direct")))
        if not problem and name.lower() in ONCE and [each.lower() for each in names].count(name.lower()) > 1:
            problem = "it can be sent once only"
        if problem:
            raise PydanticCustomError(
                "unsendable", "{name} cannot be sent: {problem}", {"name": name, "problem": problem}
            )
    return headers


def _problem(name: str, value: str, *, direct: bool) -> str:
    if name in REFUSED:
        return f"{REFUSED[name]}; leave it out"
    if name in HOP_BY_HOP and not direct:
        return "a hop-by-hop header ends at nginx; bypass nginx (direct), or leave it out"
    if name == "connection" and value.lower() not in CONNECTION:
        return f"its value may be {' or '.join(CONNECTION)}"
    return ""


Header = Annotated[
    str, Field(max_length=1000, json_schema_extra={"pattern": f"^{HEADER}$"}), AfterValidator(_well_formed)
]
Headers: Any = Annotated[list[Header], Field(max_length=20), AfterValidator(_sendable)]
