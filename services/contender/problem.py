"""Refusals as RFC 9457 problem documents: https://www.rfc-editor.org/rfc/rfc9457."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

MEDIA_TYPE = "application/problem+json"
_PATH = "/:@!$&'()*+,;=~"  # what stands for itself in a path: https://www.rfc-editor.org/rfc/rfc3986#section-3.3


class Problem(Exception):
    """A request that is refused: its HTTP status, what is wrong with it, and headers that the refusal needs.

    `errors` is an extension member for documents that are wrong in several places, one object a place.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        headers: dict[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.detail = detail
        self.headers = headers or {}
        self.errors = errors

    def document(self, instance: str) -> dict[str, Any]:
        """The problem as JSON; `instance` is the requested path, as a URI reference."""
        document = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "instance": quote(instance, safe=_PATH),
        }
        return document if self.errors is None else document | {"errors": self.errors}


def not_found(path: str) -> Problem:
    return Problem(404, f"No route for {path!r}.")


def not_allowed(method: str, methods: Sequence[str]) -> Problem:
    return Problem(405, f"{method} is not allowed here; send {', '.join(methods)}.", {"Allow": ", ".join(methods)})


def upgrade_required(detail: str) -> Problem:
    return Problem(426, detail, {"Upgrade": "websocket"})


def failure() -> Problem:
    """For an unexpected exception: its traceback is the log's, not the client's."""
    return Problem(500, "The application failed; see its log.")


def allowed(path: str) -> tuple[str, ...]:
    """The methods of a workload's path."""
    return _METHODS.get(path, ("GET", "HEAD"))


_METHODS = {
    "/upload": ("POST",),
    "/internal/stop": ("POST",),
    "/internal/reload": ("POST",),
    "/internal/workers": ("DELETE", "PUT"),
}
