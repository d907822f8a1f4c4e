"""Conditional requests: https://www.rfc-editor.org/rfc/rfc9110#section-13. A run's revision is its entity tag."""

import re

from starlette.requests import Request

from contender.problem import Problem
from rest.store.runs import Revisions

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
# The whole of `If-Match` or `If-None-Match`, which the OpenAPI document repeats: in regular expressions that Python and
# ECMA 262 read alike.
PATTERN = rf"^(?:\*|{_TAG}(?:[ \t]*,[ \t]*{_TAG})*)$"
_OWN = r'"(?:0|[1-9][0-9]{0,8})"'  # as etag() writes it: "01" is another tag than "1"


def etag(revision: int) -> str:
    """A strong one: equal tags are equal bytes."""
    return f'"{revision}"'


def not_modified(request: Request, revision: int) -> bool:
    """Whether `If-None-Match` names the revision, so that 304 suffices. Weak comparison, as its section requires."""
    tags = _tags(request, "If-None-Match")
    return tags is not None and ("*" in tags or etag(revision) in {tag.removeprefix("W/") for tag in tags})


def if_match(request: Request) -> Revisions:
    """The revisions that `If-Match` names; None is any. Strong comparison: a weak tag matches nothing."""
    tags = _tags(request, "If-Match")
    if tags is None or tags == ["*"]:
        return None
    return {int(tag[1:-1]) for tag in tags if re.fullmatch(_OWN, tag)}


def required_if_match(request: Request) -> Revisions:
    """As `if_match`. Raises Problem 428 without it: a client must know what it overwrites."""
    if "If-Match" not in request.headers:
        raise Problem(428, "Send If-Match with the run's last-read ETag, or *.")
    return if_match(request)


def _tags(request: Request, name: str) -> list[str] | None:
    if name not in request.headers:
        return None
    header = ", ".join(request.headers.getlist(name)).strip(" \t")
    if not re.fullmatch(PATTERN, header):
        raise Problem(400, f'{name}: {header[:100]} is not a list of entity tags; send "7" or *.')
    return ["*"] if header == "*" else re.findall(_TAG, header)
