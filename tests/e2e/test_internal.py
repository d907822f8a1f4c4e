"""The runner's side of the REST service is not to be had through nginx, however its path is spelled."""

import pytest

from tests.e2e.lab import PROBLEM, answered, ask, spoken

CLAIM = b'{"runner": "from-outside"}'

SPELLINGS = [
    # as it is
    "/starlette/internal", "/starlette/internal/", "/starlette/internal/claim", "/starlette/internal/claim/",
    "/starlette/internal/claim?", "/starlette/internal/claim?x=/../..", "/starlette/internal?/claim",
    "/starlette/internal/nothing", "/starlette/internals",
    # encoded
    "/starlette/%69nternal/claim", "/starlette/%69%6E%74%65%72%6E%61%6c/claim", "/%73tarlette/internal/claim",
    "/starlette/internal%2Fclaim", "/starlette%2Finternal%2Fclaim", "/starlette%2finternal/claim",
    "/starlette/%2Finternal/claim", "/starlette/internal/%63laim", "/starlette/internal/claim%3Fx",
    # encoded twice, or not in UTF-8
    "/starlette/%2569nternal/claim", "/starlette/internal%252Fclaim", "/starlette%252Finternal/claim",
    "/starlette/%252e%252e/starlette/internal/claim", "/starlette/%c0%afinternal/claim",
    "/starlette/%u0069nternal/claim",
    # dot segments
    "/starlette/./internal/claim", "/starlette/x/../internal/claim", "/starlette/hello/../internal/claim",
    "/uvicorn/../starlette/internal/claim", "/starlette/internal/../internal/claim", "/starlette/%2e/internal/claim",
    "/starlette/x/%2e%2e/internal/claim", "/starlette/x/..%2finternal/claim", "/starlette/x/.%2E/internal/claim",
    "/starlette/internal/./claim", "/starlette/internal/x/../claim", "/starlette/internal/claim/..",
    "/starlette/internal/claim/../claim", "/starlette/upload/../internal/claim",
    # slashes
    "//starlette/internal/claim", "/starlette//internal/claim", "/starlette///internal//claim",
    "/starlette/internal//claim",
    "/starlette/\\internal/claim", "/starlette/..\\starlette/internal/claim", "/starlette/%5Cinternal/claim",
    # case
    "/starlette/INTERNAL/claim", "/starlette/Internal/claim", "/STARLETTE/internal/claim", "/starlette/internal/CLAIM",
    # matrix parameters
    "/starlette/internal;x=1/claim", "/starlette/;x/internal/claim", "/starlette;x/internal/claim",
    "/starlette/internal/claim;x", "/starlette/..;/starlette/internal/claim", "/starlette/x/..;/internal/claim",
    "/starlette/internal/claim/..;", "/starlette/internal/claim/..;/", "/starlette/.;/internal/claim",
    # ends of lines and of strings, and what some servers strip
    "/starlette/internal/claim%00", "/starlette/%0Ainternal/claim", "/starlette/internal%0A/claim",
    "/starlette/%0a/../internal/claim", "/starlette/internal/claim%0d%0a", "/starlette/internal%20/claim",
    "/starlette/%20internal/claim", "/starlette/internal%09/claim", "/starlette/internal/claim%23",
    # under other mounts, and none
    "/internal/claim", "/sync/internal/claim", "/uvicorn/internal/claim", "/starlette/starlette/internal/claim",
    "/starlette/runs/../internal/claim", "/starlette/runs/internal/claim",
    # the whole URL as the target of the request
    "http://localhost/starlette/internal/claim", "http://starlette:8000/internal/claim",
    "http://localhost/starlette/x/../%69nternal/claim",
]  # fmt: skip


def posted(target: str, *headers: str) -> tuple[int, str, str]:
    """What a claim under this very spelling is answered: status, media type and body."""
    lines = [
        f"POST {target} HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        "Content-Type: application/json",
        *headers,
    ]
    head = "\r\n".join([*lines, f"Content-Length: {len(CLAIM)}", "", ""])
    response = spoken(head.encode() + CLAIM)
    return response.status, response.headers["Content-Type"], response.body.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize("target", SPELLINGS)
def test_a_claim_from_outside_is_refused_however_it_is_spelled(target: str) -> None:
    """Who reached the runner's side would be answered 200 with a run, or 204 where none waits."""
    status, media_type, body = posted(target)
    # No path at all: nginx refuses the end of a string, and what is not two hexadecimal digits.
    want = 400 if "%00" in target or "%u" in target else 404
    assert (status, media_type) == (want, PROBLEM), (
        f"POST {target}: wanted {want}, got {status} {media_type}: {body[:500]}"
    )


RUN = "/starlette/internal/runs/01a20672-f3a4-75ed-8c7b-298ce172ad2a"


@pytest.mark.parametrize("path", ["/starlette/internal/claim", f"{RUN}/heartbeat", f"{RUN}/samples", f"{RUN}/finish"])
def test_every_route_of_the_runner_is_404_whatever_the_method(path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        refused = answered(ask(method, path, json={"runner": "r"}), 404, PROBLEM)
        assert "Server-Timing" not in refused.headers, f"{method} {path}: wanted nginx to answer, not the service"


HEADERS = ["X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Prefix", "X-Forwarded-Path", "Path-Info"]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("claimed", ["/internal/claim", "/starlette/internal/claim"])
def test_no_header_leads_there_either(header: str, claimed: str) -> None:
    status, media_type, body = posted("/starlette/nothing", f"{header}: {claimed}")
    assert (status, media_type) == (404, PROBLEM), f"{header}: {claimed}: wanted 404, got {status}: {body[:500]}"
