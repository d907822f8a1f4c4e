"""One request and what became of it."""

from typing import Protocol


class Carrier(Protocol):
    """A connection, as far as what it carries knows of it."""

    def abort(self) -> None: ...


class Exchange:
    """Moments are seconds of `clock`; `received` is None without a complete answer, `ended` while one may come."""

    __slots__ = (
        "body",
        "carrier",
        "connection",
        "due",
        "ended",
        "error",
        "head",
        "received",
        "resent",
        "sent",
        "status",
    )

    def __init__(self, due: float) -> None:
        self.due = due
        self.sent: float | None = None
        self.received: float | None = None
        self.ended: float | None = None
        self.status: int | None = None
        self.error: str | None = None
        self.body: bytes | None = None
        self.head = b""  # of the answer, from a load that keeps them
        self.connection: int | None = None  # the number of the connection that carried it
        self.carrier: Carrier | None = None  # that connection, while it does
        self.resent = False  # once: the server had closed the connection that it was sent on
