"""Where a page ended, as text that means nothing to a client: the id of its last run."""

import base64
import binascii
from uuid import UUID

from rest.store.errors import BadCursor

# 16 bytes in base64: of the last character only two bits are used.
PATTERN = "^[A-Za-z0-9_-]{21}[AQgw]$"


def write(last: UUID) -> str:
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")


def read(cursor: str) -> UUID:
    """Raises BadCursor."""
    try:
        last = UUID(bytes=base64.b64decode(cursor + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadCursor(f"{cursor[:40]!r} is not a valid cursor.") from error
    if write(last) != cursor:  # the same bytes spelled otherwise
        raise BadCursor(f"{cursor[:40]!r} is not a valid cursor.")
    return last
