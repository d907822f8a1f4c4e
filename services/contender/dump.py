"""What an interface handed the application, as JSON that may be shown: sorted, and without anybody's secrets."""

import json
from typing import Any

from contender.masking import HIDDEN, is_secret, mask_text


def dump(handed: dict[str, Any]) -> bytes:
    """The environ or scope; objects that JSON has no word for are named by their type."""
    shown = {key: value for key, value in handed.items() if not key.startswith("contender.")}
    return json.dumps(_plain(shown), indent=2, sort_keys=True).encode() + b"\n"


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {_text(key): HIDDEN if is_secret(_text(key)) else _plain(item) for key, item in value.items()}
        case [bytes() as name, bytes() as secret] if is_secret(_text(name)) and secret:
            return [_text(name), HIDDEN]
        case list() | tuple():
            return [_plain(item) for item in value]
        case bytes() | str():
            return mask_text(_text(value))
        case None | bool() | int() | float():
            return value
        case _:
            return f"<{type(value).__module__}.{type(value).__qualname__}>"


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
