"""What comes in and what goes out: JSON documents that are read strictly, and the media type that a client prefers."""

import json
import math
from collections.abc import Callable
from typing import Any

import mimeparse
from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request

from contender.problem import Problem
from rest.validation import FieldError, field_errors

JSON = "application/json"
_EXACT = 2**53  # up to here a double can hold every whole number
LIMIT = 64 * 1024  # bytes; twice the largest run or patch that is in range, a note of 2,000 characters escaped included


def negotiate(request: Request, *offered: str) -> str:
    """The media type that `Accept` prefers, the first on a tie. Raises Problem 406."""
    accept = ", ".join(request.headers.getlist("accept")) or "*/*"
    try:
        best = mimeparse.best_match(reversed(offered), accept.lower())  # it takes the last on a tie
    except ValueError:
        best = ""
    if not best:
        raise Problem(406, f"Accept: {accept[:100]} matches none of {', '.join(offered)}.")
    return str(best)


async def json_document(request: Request, media_type: str, accepted_in: str, limit: int = LIMIT) -> Any:
    """The body as JSON, of so many bytes at most. Raises Problem 415 (with `accepted_in`, a header), 413 and 400."""
    header = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if header != media_type:
        raise Problem(
            415, f"Content-Type {header!r} is not supported here; send {media_type}.", {accepted_in: media_type}
        )
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        headers = {"Accept-Encoding": "identity"}
        raise Problem(415, f"Content-Encoding {coding[:40]!r} is not supported; send the body uncompressed.", headers)
    try:
        return _parse(await _body(request, limit))
    except (ValueError, RecursionError) as error:  # UnicodeError and JSONDecodeError are ValueErrors
        raise Problem(400, f"The body is not well-formed JSON: {error}.") from None


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise Problem(413, f"The body is larger than {limit} bytes ({limit // 1024} KiB); send less.")
    except ClientDisconnect:
        raise Problem(400, f"Body truncated at {len(body)} bytes.") from None
    return bytes(body)


def _parse(body: bytes) -> Any:
    """Stricter than Python's default: no NaN, no number beyond a double, no member twice, no half of a surrogate.

    20.0 is the number 20, as in JSON Schema; Python would make it another type.
    """
    document = json.loads(
        body.decode(), parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_each_member_once
    )
    json.dumps(document, ensure_ascii=False).encode()
    return document


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float | int:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is out of range")
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


def _each_member_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, value in pairs:
        if name in document:
            raise ValueError(f"duplicate name {name[:100]!r} in one object")
        document[name] = value
    return document


def parse_model[Model](validate: Callable[[Any], Model], document: Any) -> Model:
    """The document as a model. Raises Problem 422 with a JSON pointer to each error."""
    try:
        return validate(document)
    except ValidationError as error:
        raise _unprocessable([each.model_dump() for each in field_errors(error)], error.error_count()) from None


def query[Model](request: Request, validate: Callable[[Any], Model]) -> Model:
    """The query parameters as a model. Raises Problem 422 naming each that is wrong."""
    header = request.query_params
    twice = [name for name in header if len(header.getlist(name)) > 1]
    if twice:
        raise _unprocessable([{"parameter": twice[0], "detail": "Duplicate parameter"}], len(twice))
    try:
        return validate(dict(header))
    except ValidationError as error:
        raise _unprocessable([_of_parameter(each) for each in field_errors(error)], error.error_count()) from None


def _of_parameter(error: FieldError) -> dict[str, str]:
    """Named as it was sent: a query is flat, and needs no pointer with its escapes."""
    name = error.pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")
    return {"parameter": name, "detail": error.detail}


def _unprocessable(errors: list[dict[str, str]], count: int) -> Problem:
    """`count`: of all errors, of which `errors` may be only the first."""
    first = errors[0]
    place = first.get("pointer", first.get("parameter")) or "The document"
    more = f" (and {count - 1} more)" if count > 1 else ""
    return Problem(422, f"{place}: {first['detail']}{more}.", errors=errors)
