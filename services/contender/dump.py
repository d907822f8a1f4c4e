"""What an interface handed the application, as JSON that may be shown: sorted, and without anybody's secrets."""

import json
import re
from typing import Any
from urllib.parse import unquote

_SECRET = re.compile(
    r"auth|cookie|token|secret|passw|credential|api.?key|session|jwt|csrf|signature|^(key|sig)$", re.IGNORECASE
)
_USER = re.compile(r"(?<=//)[^/@\s]+(?=@)")  # of a URL: http://user:password@host/
HIDDEN = "[hidden]"


def dump(handed: dict[str, Any]) -> bytes:
    """The environ or scope; objects that JSON has no word for are named by their type."""
    shown = {key: value for key, value in handed.items() if not key.startswith("contender.")}
    return json.dumps(_plain(shown), indent=2, sort_keys=True).encode() + b"\n"


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {_text(key): HIDDEN if _SECRET.search(_text(key)) else _plain(item) for key, item in value.items()}
        case [bytes() as name, bytes() as secret] if _SECRET.search(_text(name)) and secret:
            return [_text(name), HIDDEN]
        case list() | tuple():
            return [_plain(item) for item in value]
        case bytes() | str():
            return _without_secrets(_text(value))
        case None | bool() | int() | float():
            return value
        case _:
            return f"<{type(value).__module__}.{type(value).__qualname__}>"


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _without_secrets(text: str) -> str:
    """Query strings carry secrets too, `?token=...`, and so do URLs."""
    return re.sub(r"([?&]|^)([^=&?\s]+)=([^&\s]*)", _hide_secret, _USER.sub(HIDDEN, text))


def _hide_secret(pair: re.Match[str]) -> str:
    return f"{pair[1]}{pair[2]}={HIDDEN}" if _SECRET.search(unquote(pair[2])) else pair[0]
