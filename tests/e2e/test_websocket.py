"""WebSocket through nginx: echo and close codes under ASGI, a clear refusal under WSGI."""

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.lab import HOST, PATIENCE, PORT, get, problem

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
