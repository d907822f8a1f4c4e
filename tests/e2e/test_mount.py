"""Each application believes that it is mounted at its prefix, and believes nothing that a client claims."""

import json
from typing import Any

import pytest

from tests.e2e.lab import URL, answered, get, spoken, told


def dump(contender: str, **options: Any) -> dict[str, Any]:
    handed: dict[str, Any] = answered(get(f"/{contender}/dump", **options), 200, "application/json").json()
    return handed


def test_wsgi_splits_the_path_at_the_mount(wsgi_contender: str) -> None:
    environ = dump(wsgi_contender)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (f"/{wsgi_contender}", "/dump")


def test_asgi_keeps_the_path_whole_and_names_the_mount(asgi_contender: str) -> None:
    scope = dump(asgi_contender)
    assert (scope["root_path"], scope["path"]) == (f"/{asgi_contender}", f"/{asgi_contender}/dump")


def test_the_host_and_port_of_the_browser_reach_the_application() -> None:
    links = answered(get("/starlette/", headers={"Host": "lab.example:9000"}), 200).json()["links"]
    assert links["whoami"] == "http://lab.example:9000/starlette/whoami"


def test_a_link_that_the_application_made_works() -> None:
    link = answered(get("/starlette/"), 200).json()["links"]["whoami"]
    assert link == f"{URL}/starlette/whoami"
    answered(get(link.removeprefix(URL)), 200)


SPOOFED = "6.6.6.6"
CLAIMS = [
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix",
    "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-Protocol", "X-Forwarded-User",
    "Forwarded", "X-Real-IP", "X-Request-Start", "X-Script-Name",
    "SCRIPT_NAME", "PATH_INFO", "REMOTE_ADDR", "REMOTE_USER", "REMOTE_HOST", "REMOTE_PORT",
    "Script-Name", "Path-Info", "Remote-Addr", "Remote-User", "Remote-Host", "Remote-Port", "Remote-Ident",
    "X_Forwarded_For", "X_Forwarded_Proto", "X_Real_IP", "script-name", "Script_Name", "X_Request_Id",
]  # fmt: skip


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_of_the_client_reaches_no_application(contender: str, name: str) -> None:
    spoofed = answered(get(f"/{contender}/dump", headers={name: SPOOFED}), 200)
    assert SPOOFED not in spoofed.text, told(spoofed)


def test_all_claims_at_once_change_nothing_that_the_application_believes(contender: str) -> None:
    believed = ("REMOTE_ADDR", "SCRIPT_NAME", "PATH_INFO", "wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME")
    keys = (*believed, "root_path", "path", "scheme")
    honest, spoofed = dump(contender), dump(contender, headers=dict.fromkeys(CLAIMS, SPOOFED))
    assert [honest.get(key) for key in keys] == [spoofed.get(key) for key in keys]


def test_a_well_formed_request_id_of_the_client_is_kept(contender: str) -> None:
    response = answered(get(f"/{contender}/whoami", headers={"X-Request-Id": "Run-7_of.mine"}), 200)
    assert response.json()["request_id"] == response.headers["X-Request-Id"] == "Run-7_of.mine"


@pytest.mark.parametrize("claimed", ["short", "x" * 129, "with space", "<script>alert(1)</script>", "quote'\""])
def test_any_other_request_id_is_replaced_by_nginxs_own(contender: str, claimed: str) -> None:
    response = answered(get(f"/{contender}/whoami", headers={"X-Request-Id": claimed}), 200)
    assert response.json()["request_id"] == response.headers["X-Request-Id"], told(response)
    assert len(response.headers["X-Request-Id"]) == 32, told(response)


def test_every_answer_times_its_queue_and_its_application(contender: str) -> None:
    for path in ("hello", "io?ms=1", "nope", "stream?chunks=1"):
        timing = get(f"/{contender}/{path}").headers["Server-Timing"]
        parts = dict(part.split(";dur=") for part in timing.split(", "))
        assert list(parts) == ["queue", "app"], timing
        assert all(float(ms) >= 0 for ms in parts.values()), timing


def test_a_request_without_a_host_reaches_the_application_with_one(contender: str) -> None:
    response = spoken(f"GET /{contender}/dump HTTP/1.0\r\n\r\n".encode())
    assert response.status == 200
    assert "localhost" in response.body.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["//{0}/dump", "/x/../{0}/dump", "/./{0}/dump", "/{0}//dump", "/%{1:x}{2}/dump"])
def test_what_nginx_matched_is_what_arrives(contender: str, path: str) -> None:
    written = path.format(contender, ord(contender[0]), contender[1:])
    response = spoken(f"GET {written} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    handed = json.loads(response.body)  # type: ignore[attr-defined]
    assert handed.get("PATH_INFO", "/dump") == "/dump"
    assert handed.get("path", f"/{contender}/dump") == f"/{contender}/dump"


def test_two_lengths_of_one_body_are_refused_at_the_edge(contender: str) -> None:
    """Request smuggling begins where the proxy and the server disagree on where a request ends."""
    head = f"POST /{contender}/upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    both = spoken(f"{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode())
    twice = spoken(f"{head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde".encode())
    assert (both.status, twice.status) == (400, 400)
