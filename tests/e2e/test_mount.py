"""Each application believes that it is mounted at its prefix, and believes nothing that a client claims."""

import json
from typing import Any

from tests.e2e.lab import ASGI, URL, answered, describe, get, spoken
from tests.turns import UPLOADS


def dump(contender: str, **options: Any) -> dict[str, Any]:
    handed: dict[str, Any] = answered(get(f"/{contender}/dump", **options), 200, "application/json").json()
    return handed


def mount(handed: dict[str, Any]) -> tuple[str, str]:
    """Where the interface says that the application is mounted, and the path within."""
    if "SCRIPT_NAME" in handed:
        return handed["SCRIPT_NAME"], handed["PATH_INFO"]
    return handed["root_path"], handed["path"]


def mounted(contender: str, path: str) -> tuple[str, str]:
    """WSGI splits the path at the mount; ASGI keeps it whole."""
    return f"/{contender}", f"/{contender}{path}" if contender in ASGI else path


def test_the_application_is_mounted_at_its_prefix(contender: str) -> None:
    assert mount(dump(contender)) == mounted(contender, "/dump")


def test_links_of_the_application_have_the_browsers_host_and_port_and_work() -> None:
    links = answered(get("/starlette/", headers={"Host": "lab.example:9000"}), 200).json()["links"]
    assert links["runs"] == "http://lab.example:9000/starlette/runs", links
    link = answered(get("/starlette/"), 200).json()["links"]["runs"]
    assert link == f"{URL}/starlette/runs"
    answered(get(link.removeprefix(URL)), 200)


SPOOFED = "6.6.6.6"
# What nginx overwrites, clears, or drops for its `_`.
CLEARED = [
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix",
    "X-Forwarded-Ssl", "X-Forwarded-Protocol", "Forwarded", "X-Real-IP", "X-Scheme", "X-Request-Start",
    "SCRIPT_NAME", "PATH_INFO", "REMOTE_ADDR", "REMOTE_USER", "X_Forwarded_For", "X_Real_IP", "script_name",
]  # fmt: skip
# What reaches an application as any header does, and has no say.
OTHERS = ["Script-Name", "Path-Info", "Remote-Addr", "Remote-User", "X-Script-Name", "X-Forwarded-Server"]
BELIEVED = (
    "REMOTE_ADDR", "REMOTE_PORT", "REMOTE_USER", "wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT",
    "HTTP_X_FORWARDED_FOR", "scheme", "server",
)  # fmt: skip


def test_claims_of_the_client_change_nothing_that_the_application_believes(contender: str) -> None:
    honest, spoofed = dump(contender), dump(contender, headers=dict.fromkeys(CLEARED + OTHERS, SPOOFED))
    assert mount(spoofed) == mount(honest)
    for key in BELIEVED:
        assert SPOOFED not in str(spoofed.get(key)), f"{contender}: {key} is {spoofed[key]!r}"
        assert key == "REMOTE_PORT" or spoofed.get(key) == honest.get(key), (
            f"{contender}: {key} is {spoofed.get(key)!r}"
        )
    seen = answered(get(f"/{contender}/dump", headers=dict.fromkeys(CLEARED, SPOOFED)), 200)
    assert SPOOFED not in seen.text, describe(seen)


def test_a_well_formed_request_id_of_the_client_is_kept_and_any_other_is_nginxs_own(contender: str) -> None:
    kept = ["Run-7_of.mine", "x" * 128]
    for claimed in (*kept, "short", "x" * 129, "with space", "<script>alert(1)</script>", "quote'\""):
        response = answered(get(f"/{contender}/whoami", headers={"X-Request-Id": claimed}), 200)
        used = response.headers["X-Request-Id"]
        assert response.json()["request_id"] == used, describe(response)
        assert used == claimed if claimed in kept else len(used) == 32, f"{claimed!r}: {describe(response)}"


def test_every_answer_times_its_queue_and_its_application(contender: str) -> None:
    for path in ("hello", "io?ms=1", "nope", "stream?chunks=1"):
        timing = get(f"/{contender}/{path}").headers["Server-Timing"]
        parts = dict(part.split(";dur=") for part in timing.split(", "))
        assert list(parts) == ["queue", "app"], f"/{contender}/{path}: {timing}"
        assert all(float(ms) >= 0 for ms in parts.values()), f"/{contender}/{path}: {timing}"


def test_a_request_without_a_host_reaches_the_application_with_one(contender: str) -> None:
    response = spoken(f"GET /{contender}/dump HTTP/1.0\r\n\r\n".encode())
    assert response.status == 200
    assert "localhost" in response.body.decode()  # type: ignore[attr-defined]


def test_what_nginx_matched_is_what_arrives(contender: str) -> None:
    first, rest = f"%{ord(contender[0]):x}", contender[1:]
    for path in (
        "//{}/dump",
        "/x/../{}/dump",
        "/./{}/dump",
        "/{}//dump",
        "/{}/x/%2e%2e/dump",
        "/{}/./dump",
        "/{}%2Fdump",
    ):
        for name in (contender, first + rest):
            written = path.format(name)
            response = spoken(f"GET {written} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            body = response.body.decode()  # type: ignore[attr-defined]
            assert response.status == 200, f"{written}: wanted 200, got {response.status}: {body[:500]}"
            assert mount(json.loads(body)) == mounted(contender, "/dump"), f"{written}: {body}"


@UPLOADS
def test_two_lengths_of_one_body_are_refused_at_the_edge(contender: str) -> None:
    """Request smuggling begins where the proxy and the server disagree on where a request ends."""
    head = f"POST /{contender}/upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    both = spoken(f"{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode())
    twice = spoken(f"{head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde".encode())
    assert (both.status, twice.status) == (400, 400)
