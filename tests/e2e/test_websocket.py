"""WebSocket through nginx: echo and close codes under ASGI, a clear refusal under WSGI."""

import socket

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.lab import HOST, PATIENCE, PORT, answered, ask, get, problem

LIMIT = 1024 * 1024  # bytes a message


def websocket(path: str) -> ClientConnection:
    return connect(f"ws://{HOST}:{PORT}{path}", open_timeout=PATIENCE, max_size=2 * LIMIT, proxy=None)


@pytest.mark.parametrize("message", ["hello", "", "ünïcødé 🐍", "x" * 100_000, b"", b"\x00\xff", bytes(100_000)])
def test_text_comes_back_as_text_and_binary_as_binary(asgi_contender: str, message: str | bytes) -> None:
    with websocket(f"/{asgi_contender}/ws") as connection:
        connection.send(message)
        assert connection.recv(timeout=PATIENCE) == message


def test_messages_come_back_in_order(asgi_contender: str) -> None:
    with websocket(f"/{asgi_contender}/ws") as connection:
        for number in range(100):
            connection.send(str(number))
        assert [connection.recv(timeout=PATIENCE) for _ in range(100)] == [str(number) for number in range(100)]


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_the_close_code_of_the_client_is_answered(asgi_contender: str, code: int) -> None:
    with websocket(f"/{asgi_contender}/ws") as connection:
        connection.close(code)
    assert connection.protocol.close_rcvd is not None
    assert connection.protocol.close_rcvd.code == code


def test_a_message_over_the_limit_closes_with_1009(asgi_contender: str) -> None:
    with websocket(f"/{asgi_contender}/ws") as connection:
        connection.send(bytes(LIMIT + 1))
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=PATIENCE)
    assert connection.protocol.close_rcvd is not None
    assert connection.protocol.close_rcvd.code == 1009


def test_the_handshake_carries_the_request_id(asgi_contender: str) -> None:
    with websocket(f"/{asgi_contender}/ws") as connection:
        assert connection.response is not None
        assert len(connection.response.headers["X-Request-Id"]) == 32


def test_an_unknown_path_is_404_for_a_websocket_too(asgi_contender: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        websocket(f"/{asgi_contender}/nope")
    assert refused.value.response.status_code == 404


def test_a_wsgi_contender_refuses_the_upgrade(wsgi_contender: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        websocket(f"/{wsgi_contender}/ws")
    assert refused.value.response.status_code == 426


def test_a_plain_request_is_told_what_to_upgrade_to(contender: str) -> None:
    response = get(f"/{contender}/ws")
    assert "WebSocket" in problem(response, 426)["detail"]
    assert response.headers["Upgrade"] == "websocket"


Headers = dict[str, str | None]

HANDSHAKE: Headers = {
    "Connection": "keep-alive, Upgrade",
    "Upgrade": "WebSocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "c2VydmVybGFiIGlzIGZ1bg==",
}


def upgraded(contender: str, changed: Headers | None = None, method: str = "GET", version: str = "1.1") -> int:
    """The status that a handshake is answered with, if it has these headers instead, or lacks one (None)."""
    headers: Headers = HANDSHAKE | (changed or {})
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    head = "\r\n".join([f"{method} /{contender}/ws HTTP/{version}", "Host: localhost", *lines])
    return answered_soon(f"{head}\r\n\r\n".encode())


def answered_soon(request: bytes) -> int:
    with socket.create_connection((HOST, PORT), timeout=PATIENCE) as connection:
        connection.sendall(request)
        return int(connection.makefile("rb").readline().split()[1])


def test_a_handshake_is_known_in_any_spelling(asgi_contender: str) -> None:
    assert upgraded(asgi_contender) == 101
    assert upgraded(asgi_contender, {"Connection": "upgrade", "Upgrade": "websocket"}) == 101


NO_HANDSHAKE: list[Headers] = [
    {"Connection": "keep-alive"},
    {"Connection": None},
    {"Upgrade": "h2c"},
    {"Upgrade": None},
    {"Sec-WebSocket-Version": "12"},
    {"Sec-WebSocket-Version": None},
    {"Sec-WebSocket-Key": "short"},
    {"Sec-WebSocket-Key": None},
    {"Content-Length": "3\r\n\r\nabc"},
]


@pytest.mark.parametrize("changed", NO_HANDSHAKE)
def test_what_is_no_whole_handshake_is_an_ordinary_request(asgi_contender: str, changed: Headers) -> None:
    """uvicorn would answer it in plain text, or never, if it heard of an upgrade."""
    assert upgraded(asgi_contender, changed) == 426


def test_an_upgrade_is_of_a_get_of_http_1_1(asgi_contender: str) -> None:
    assert upgraded(asgi_contender, version="1.0") == 426
    assert upgraded(asgi_contender, {"Content-Length": "0"}, method="POST") == 405


def test_an_upgrade_that_a_request_only_claims_changes_nothing(contender: str) -> None:
    claimed = {"Upgrade": "websocket", "Connection": "Upgrade"}
    assert answered(get(f"/{contender}/hello", headers=claimed), 200).content == b"Hello, World!\n"
    assert answered(ask("POST", f"/{contender}/upload", data=b"abc", headers=claimed), 200).json()["bytes"] == 3
