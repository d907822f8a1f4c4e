"""The containers' health check: 200 is healthy, and nothing else is."""

import http.client
from collections.abc import Callable, Iterator

import pytest

from contender import healthcheck
from tests.unit.slow_api import SlowApi

LookAt = Callable[[str, int], None]


@pytest.fixture
def look_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[LookAt]:
    """Has the check request another address: its own is one inside a container."""
    real, made = http.client.HTTPConnection, list[http.client.HTTPConnection]()

    def look(host: str, port: int) -> None:
        def connection(_host: str, _port: int, timeout: float) -> http.client.HTTPConnection:
            made.append(real(host, port, timeout=timeout))
            return made[-1]

        monkeypatch.setattr(http.client, "HTTPConnection", connection)

    yield look
    for each in made:  # the check leaves that to the end of its process
        each.close()


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


def test_an_image_is_asked_from_outside(
    api: SlowApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SCRIPT_NAME", raising=False)
    monkeypatch.setenv("HEALTH_ADDRESS", f"{api.host}:{api.port}")
    monkeypatch.setenv("HEALTH_PATH", "/up")
    assert (healthcheck.main(), api.paths) == (0, ["/up"])
    api.status = 404
    assert (healthcheck.main(), capsys.readouterr().err) == (1, "/up: 404 instead of one below 400\n")


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
