"""The containers of a contender, each at an address of its own, and plain requests to them."""

import http.client
import json
import socket

from contender.catalogue import command

Address = tuple[str, int]

PORT = 8000  # every contender's own, inside its container
PATIENCE = 30.0  # seconds for an answer beside a load: a saturated sync worker works off its queue first


class NoAnswer(Exception):
    """A contender does not answer, or not as it should; the text names it."""


def addresses(name: str, port: int) -> tuple[Address, ...]:
    """Of all containers that have the name: Docker's DNS has one for each. None where no container has it."""
    try:
        found = socket.getaddrinfo(name, port, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(sorted({(str(each[4][0]), port) for each in found}))


def replicas(contender: str) -> tuple[Address, ...]:
    """By address. Where there is none, the name, which fails when it is used."""
    return addresses(contender, PORT) or ((contender, PORT),)


def is_running(contender: str) -> bool:
    """Whether it has an address; of a contender that is not up Docker's DNS knows none."""
    return replicas(contender) != ((contender, PORT),)


def fetch(
    container: str,
    address: Address,
    path: str,
    method: str = "GET",
    body: str | None = None,
    patience: float = PATIENCE,
) -> tuple[http.client.HTTPResponse, bytes]:
    """Raises NoAnswer where nothing comes back."""
    connection = http.client.HTTPConnection(*address, timeout=patience)
    try:
        connection.request(method, path, body, headers={"Connection": "close"})
        response = connection.getresponse()
        return response, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{container} is unreachable ({type(error).__name__}): {command(container)}") from error
    finally:
        connection.close()


def failure_detail(contender: str, status: int, answer: bytes, excerpt: str) -> str:
    """Why a request to its control endpoint failed: the detail of its problem document, if it sent one."""
    try:
        detail = str(json.loads(answer)["detail"])
        return detail if detail.startswith(contender) else f"{contender}: {detail}"
    except ValueError, KeyError, TypeError:
        return f"{contender} returned {status} to {excerpt}: docker compose logs {contender}"
