"""What the store refuses, or cannot do, as problem documents beside those of every Starlette application of the lab."""

import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from contender import starlette
from contender.problem import Problem
from contender.starlette import respond
from rest.store import errors

log = logging.getLogger(__name__)


class LeaseLost(Problem):
    """A conflict of a type of its own: a runner gives its run up for this one, and for no other 409."""

    def document(self, instance: str) -> dict[str, Any]:
        return super().document(instance) | {"type": "/problems/lease-lost", "title": "Lease lost"}


class Busy(Problem):
    """A conflict that passes by itself: a runner waits for it."""

    def document(self, instance: str) -> dict[str, Any]:
        return super().document(instance) | {"type": "/problems/busy", "title": "Busy"}


async def on_store_error(request: Request, error: Exception) -> Response:
    """What the store refuses, or cannot do, in HTTP's words."""
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
    if status == 500:
        log.error("%s %s: a defect", request.method, request.scope["path"], exc_info=error)
    elif status > 500:
        log.warning("%s %s: %s %s", request.method, request.scope["path"], error, error.__cause__)
    # A lock lasts milliseconds and a restart seconds: a second is soon enough for both.
    headers = {"Retry-After": "1"} if status == 503 else {}
    kind = next((kind for refused, kind in _KINDS.items() if isinstance(error, refused)), Problem)
    return respond(request, kind(status, str(error), headers))


_KINDS: dict[type[errors.StoreError], type[Problem]] = {errors.LeaseLost: LeaseLost, errors.Busy: Busy}


_STATUS: dict[type[errors.StoreError], int] = {
    errors.NotFound: 404,
    errors.Stale: 412,
    errors.Conflict: 409,
    errors.LeaseLost: 409,
    errors.Busy: 409,
    errors.KeyReused: 422,
    errors.BadCursor: 422,
    errors.Unavailable: 503,
    errors.StorageFull: 507,
}


handlers: dict[type[Exception] | int, ExceptionHandler] = {**starlette.handlers, errors.StoreError: on_store_error}
