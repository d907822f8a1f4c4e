"""Parameters as they may be stored and shown: without the secrets of a request of the user's own."""

from collections.abc import Mapping
from typing import Any

from contender.masking import HIDDEN, mask_header, mask_text


def mask(params: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with [hidden] for the values of headers and parameters of the query that are named like a secret."""
    return {name: _MASKS[name](value) if name in _MASKS else value for name, value in params.items()}


def secrets_of(params: Mapping[str, Any]) -> list[str]:
    """Where they are, hidden or not: names of headers, and `path`."""
    hidden = mask(params)
    headers = [each.partition(":")[0] for each in hidden.get("headers", ()) if HIDDEN in each]
    return headers + (["path"] if HIDDEN in hidden.get("path", "") else [])


_MASKS: dict[str, Any] = {"path": mask_text, "headers": lambda headers: [mask_header(each) for each in headers]}
