"""Names are resolved once, before a load: a slow name server is not the contender's doing."""

import asyncio
import contextlib
import socket

Address = tuple[str, int]


async def resolve(addresses: tuple[Address, ...]) -> list[Address]:
    """All IPv4 addresses behind these names: each replica of a service has its share; none of an unknown name."""
    loop, found = asyncio.get_running_loop(), list[Address]()
    for host, port in addresses:
        with contextlib.suppress(OSError):
            places = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_STREAM)
            found += [(str(place[4][0]), int(place[4][1])) for place in places]
    return found
