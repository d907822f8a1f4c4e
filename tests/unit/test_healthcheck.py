"""The containers' health check: 200 is healthy, and nothing else is."""

import socket
import threading
from collections.abc import Callable

import pytest

from contender import healthcheck
from tests.unit.slow_api import SlowApi

LookAt = Callable[[str, int], None]


@pytest.fixture
def look_at(monkeypatch: pytest.MonkeyPatch) -> LookAt:
    """Has the check request another address: its own is one inside a container."""
    return lambda host, port: monkeypatch.setenv("HEALTH_ADDRESS", f"{host}:{port}")


def test_200_below_the_mount_prefix_is_healthy(api: SlowApi, look_at: LookAt, monkeypatch: pytest.MonkeyPatch) -> None:
    look_at(api.host, api.port)
    monkeypatch.delenv("SCRIPT_NAME", raising=False)
    assert (healthcheck.main(), api.paths) == (0, ["/healthz"])
    monkeypatch.setenv("SCRIPT_NAME", "/gevent")
    assert (healthcheck.main(), api.paths[1:]) == (0, ["/gevent/healthz"])
    monkeypatch.delenv("SCRIPT_NAME")
    monkeypatch.setenv("MOUNT_PREFIX", "/own-gunicorn-asgi")  # of an application of the user's alone
    assert (healthcheck.main(), api.paths[2:]) == (0, ["/healthz"])
    monkeypatch.setenv("HEALTH_PATH", "/up")
    assert (healthcheck.main(), api.paths[3:]) == (0, ["/own-gunicorn-asgi/up"])


def test_any_other_status_is_unhealthy(
    api: SlowApi, look_at: LookAt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look_at(api.host, api.port)
    monkeypatch.setenv("SCRIPT_NAME", "/sync")
    for status in (204, 302, 404, 500, 503):
        api.status = status
        assert (healthcheck.main(), capsys.readouterr().err) == (1, f"/sync/healthz: {status} instead of 200\n")


def test_an_application_of_the_user_s_is_healthy_below_400_and_a_redirect_is_said(
    api: SlowApi, look_at: LookAt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look_at(api.host, api.port)
    monkeypatch.setenv("HEALTH_PATH", "/")
    monkeypatch.setenv("SERVICE", "own-sync")
    monkeypatch.setenv("SCRIPT_NAME", "/own-sync")
    for status, code in ((200, 0), (204, 0), (304, 0), (404, 1), (503, 1)):
        api.status = status
        failure = f"/own-sync/: {status} instead of one below 400\n" if code else ""
        assert (healthcheck.main(), *capsys.readouterr()) == (code, "", failure)
    api.raw = (
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:8000/own-sync/login?next=/\r\nContent-Length: 0\r\n\r\n"
    )
    assert (healthcheck.main(), capsys.readouterr().out) == (0, "/own-sync/ redirects to /login?next=/\n")


def test_only_a_final_http_response_counts(look_at: LookAt, capsys: pytest.CaptureFixture[str]) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    for response, code, error in (
        (early + b"HTTP/1.1 200 OK\r\n\r\n", 0, ""),
        (early + b"HTTP/1.1 503 Service Unavailable\r\n\r\n", 1, "/healthz: 503 instead of 200\n"),
        (b"HTTP/1.0 200\n\n", 0, ""),  # without a reason, and with line ends of its own
        (early, 1, "/healthz: ValueError: the connection was closed without a response\n"),
        (b"", 1, "/healthz: ValueError: the connection was closed without a response\n"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", 1, "/healthz: ValueError: no HTTP response: 'SSH-2.0-OpenSSH_9.2\\r\\n'\n"),
        (b"HTTP/1.1 nonsense\r\n\r\n", 1, "/healthz: ValueError: no HTTP response: 'HTTP/1.1 nonsense\\r\\n'\n"),
    ):
        with socket.create_server(("127.0.0.1", 0)) as server:
            look_at(*server.getsockname())
            responder = threading.Thread(target=respond_once, args=(server, response))
            responder.start()
            assert (healthcheck.main(), capsys.readouterr().err) == (code, error), response
            responder.join()


def respond_once(server: socket.socket, response: bytes) -> None:
    with server.accept()[0] as connection:
        connection.recv(65536)
        connection.sendall(response)


def test_nobody_there_is_not_and_is_said(nobody: str, look_at: LookAt, capsys: pytest.CaptureFixture[str]) -> None:
    host, _, port = nobody.partition(":")
    look_at(host, int(port))
    assert healthcheck.main() == 1, "wanted a failure where no server listens"
    assert "refused" in capsys.readouterr().err, "wanted the reason on standard error"


def test_no_answer_in_time_is_not(
    api: SlowApi, look_at: LookAt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look_at(api.host, api.port)
    monkeypatch.setattr(healthcheck, "TIMEOUT", 0.05)
    with api.hold():
        assert healthcheck.main() == 1, "wanted a failure after the time-out"
    assert "timed out" in capsys.readouterr().err, "wanted the reason on standard error"
