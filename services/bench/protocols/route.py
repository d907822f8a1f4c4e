"""How a contender is reached, and what a probe finds on that way."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from experiments.protocols import EdgeVia, Verdict

EVIDENCE = 300  # characters of a line that a reader can take in


@dataclass(frozen=True, slots=True)
class Route:
    """An address, and what stands before each path there. `ca` is the authority (PEM) of one that speaks TLS."""

    contender: str
    via: EdgeVia
    host: str
    port: int
    prefix: str
    ca: str | None = None

    @property
    def authority(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def scheme(self) -> str:
        return "http" if self.ca is None else "https"

    def path(self, rest: str) -> str:
        return f"{self.prefix}/{rest}"

    async def open(self, *alpn: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A new connection; where it speaks TLS it offers these protocols."""
        if self.ca is None:
            return await asyncio.open_connection(self.host, self.port)
        context = ssl.create_default_context(cadata=self.ca)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return await asyncio.open_connection(self.host, self.port, ssl=context, server_hostname=self.host)


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    evidence: str


Probe = Callable[[Route], Awaitable[Finding]]


def yes(evidence: str) -> Finding:
    return Finding("yes", evidence)


def no(evidence: str) -> Finding:
    return Finding("no", evidence)


def partly(evidence: str) -> Finding:
    return Finding("partly", evidence)
