"""WebSocket through nginx: echo and close codes under ASGI, a clear refusal under WSGI."""

import socket
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.lab import HOST, PATIENCE, PORT, get, problem
from tests.turns import UPLOADS

LIMIT = 1024 * 1024  # bytes a message


def websocket(path: str) -> ClientConnection:
    return connect(f"ws://{HOST}:{PORT}{path}", open_timeout=PATIENCE, max_size=2 * LIMIT, proxy=None)


MESSAGES: list[str | bytes] = ["hello", "", "ünïcødé 🐍", "x" * 100_000, b"", b"\x00\xff", bytes(100_000)]


def test_text_comes_back_as_text_and_binary_as_binary_in_order(asgi_contender: str) -> None:
    with websocket(f"/{asgi_contender}/ws") as connection:
        assert connection.response is not None
        assert len(connection.response.headers["X-Request-Id"]) == 32
        for message in MESSAGES:
            connection.send(message)
        assert [connection.recv(timeout=PATIENCE) for _ in MESSAGES] == MESSAGES


def test_the_close_code_of_the_client_is_answered(asgi_contender: str) -> None:
    for code in (1000, 4999):
        with websocket(f"/{asgi_contender}/ws") as connection:
            connection.close(code)
        assert connection.protocol.close_rcvd is not None
        assert connection.protocol.close_rcvd.code == code


def closed_with(contender: str, message: bytes, *, text: bool) -> int | None:
    """The code of the server's close frame; None where the connection ends without one."""
    with suppress(ConnectionClosed), websocket(f"/{contender}/ws") as connection:
        connection.send(message, text=text)
        pytest.fail(f"{contender} answered {connection.recv(timeout=PATIENCE)!r:.100}")
    received = connection.protocol.close_rcvd
    return None if received is None else received.code


# Where a server does otherwise than RFC 6455 says. granian has no limit for a message: nothing to see there.
OVER_THE_LIMIT = {"gunicorn-asgi": (1009, None)}  # it resets the connection behind its frame, which may be lost
INVALID_UTF_8 = {"hypercorn": None, "granian": 1005}


def test_a_message_over_the_limit_closes_with_1009(asgi_contender: str) -> None:
    if asgi_contender != "granian":
        wanted = OVER_THE_LIMIT.get(asgi_contender, (1009,))
        assert closed_with(asgi_contender, bytes(LIMIT + 1), text=False) in wanted


def test_invalid_utf_8_closes_with_1007(asgi_contender: str) -> None:
    assert closed_with(asgi_contender, b"\xff\xfe", text=True) == INVALID_UTF_8.get(asgi_contender, 1007)


def test_a_client_that_pings_and_never_reads_is_not_read_from_either(asgi_contender: str) -> None:
    """Else its pongs fill the worker's memory; the answers to 64 MiB of pings fit into no socket's buffers.

    granian's do: 140 MiB of pings end one of its workers, for want of memory.
    """
    if asgi_contender == "granian":
        return
    ping = b"\x89\xfd" + bytes(4) + b"x" * 125  # masked with zeros
    with socket.create_connection((HOST, PORT), timeout=PATIENCE) as connection:
        connection.sendall(handshake("GET", f"/{asgi_contender}/ws", {}))
        assert b" 101 " in connection.recv(100)
        connection.settimeout(2.0)  # seconds without a byte taken: nobody reads any more
        with pytest.raises(TimeoutError):
            connection.sendall(ping * (64 * LIMIT // len(ping)))


def test_an_unknown_path_is_404_for_a_websocket_too(asgi_contender: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        websocket(f"/{asgi_contender}/nope")
    # gunicorn has not the extension by which an application can refuse in words of its own.
    assert refused.value.response.status_code == (403 if asgi_contender == "gunicorn-asgi" else 404)


def test_a_wsgi_contender_refuses_the_upgrade(wsgi_contender: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        websocket(f"/{wsgi_contender}/ws")
    assert refused.value.response.status_code == 426


def test_a_plain_request_is_told_what_to_upgrade_to(contender: str) -> None:
    response = get(f"/{contender}/ws")
    assert "WebSocket" in problem(response, 426)["detail"]
    assert response.headers["Upgrade"] == "websocket"


HANDSHAKE = {
    "Connection": "keep-alive, Upgrade",
    "Upgrade": "WebSocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "c2VydmVybGFiIGlzIGZ1bg==",
}


def upgraded(contender: str, request: str, changed: dict[str, str]) -> int:
    """The status that a request is answered with, if it has a handshake's headers, these instead or beside."""
    method, _, path = request.partition(" ")
    with socket.create_connection((HOST, PORT), timeout=PATIENCE) as connection:
        connection.sendall(handshake(method, f"/{contender}{path}", changed))
        return int(connection.makefile("rb").readline().split()[1])


def handshake(method: str, path: str, changed: dict[str, str]) -> bytes:
    lines = [f"{name}: {value}" for name, value in (HANDSHAKE | changed).items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


@UPLOADS
def test_only_a_websocket_is_an_upgrade_and_only_without_a_body(asgi_contender: str) -> None:
    """uvicorn would leave an upgrade with a body without an answer, and hypercorn would take h2c."""
    old_version = 426 if asgi_contender == "gunicorn-asgi" else 400  # which RFC 6455 would rather have
    many = {"gunicorn-asgi": 101, "hypercorn": 101, "granian": 431}.get(asgi_contender, 400)
    short_key = 101 if asgi_contender in ("hypercorn", "granian") else 400  # RFC 6455 has 16 bytes
    for request, changed, status in (
        ("GET /ws", {}, 101),
        ("GET /ws", {"Connection": "upgrade", "Upgrade": "websocket"}, 101),
        ("GET /ws", {"Upgrade": "h2c"}, 426),
        ("GET /hello", {"Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"}, 200),
        ("GET /ws", {"Content-Length": "3\r\n\r\nabc"}, 426),
        ("GET /ws", {"Transfer-Encoding": "chunked\r\n\r\n3\r\nabc\r\n0"}, 426),
        ("POST /upload", {"Content-Length": "3\r\n\r\nabc"}, 200),
        ("GET /ws", {"Sec-WebSocket-Version": "12"}, old_version),
        ("GET /ws", {"Sec-WebSocket-Key": "short"}, short_key),
        ("GET /ws", {f"X-{number}": "1" for number in range(200)}, many),
    ):
        got = upgraded(asgi_contender, request, changed)
        assert got == status, f"{request} of {asgi_contender} with {changed}: wanted {status}, got {got}"


@UPLOADS
def test_a_wsgi_application_answers_an_upgrade_as_any_request(wsgi_contender: str) -> None:
    for request, changed, status in (
        ("GET /hello", {}, 200),
        ("GET /hello", {"Upgrade": "h2c"}, 200),
        ("POST /upload", {"Content-Length": "3\r\n\r\nabc"}, 200),
    ):
        got = upgraded(wsgi_contender, request, changed)
        assert got == status, f"{request} of {wsgi_contender} with {changed}: wanted {status}, got {got}"
