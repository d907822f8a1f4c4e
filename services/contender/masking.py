"""Secrets by the names of what carries them: a header, a variable, a parameter of a query. The one rule of the lab."""

import re
from urllib.parse import unquote

HIDDEN = "[hidden]"

# An author is no authentication, `max_tokens` no credential, and an idempotency key opens nothing.
_SECRET = re.compile(
    r"auth(?!or(?!i[sz]))|cookie|token(?!s)|secret|passw|credential|api.?key|session|jwt|csrf|signature"
    r"|(?<!idempotency)[-_]key$|^(key|sig)$",
    re.IGNORECASE,
)
_USER = re.compile(r"(?<=//)[^/@\s]+(?=@)")  # of a URL: http://user:password@host/
_PAIR = re.compile(r"([?&]|^)([^=&?\s]+)=([^&\s]*)")  # query strings carry secrets too: ?token=...


def is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def mask_text(text: str) -> str:
    """A URL, a query string or any other text without the secrets in it."""
    return _PAIR.sub(_mask_pair, _USER.sub(HIDDEN, text))


def _mask_pair(pair: re.Match[str]) -> str:
    return f"{pair[1]}{pair[2]}={HIDDEN}" if is_secret(unquote(pair[2])) else pair[0]


def mask_header(header: str) -> str:
    """Of the form `Name: value`."""
    name, colon, value = header.partition(":")
    if not is_secret(name):
        return f"{name}{colon}{mask_text(value)}"
    return f"{name}: {HIDDEN}"
