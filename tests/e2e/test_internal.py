"""The runner's side of the REST service is not to be had through nginx, however its path is spelled."""

from tests.e2e.lab import NAMES, PROBLEM, answered, ask, spoken

CLAIM = b'{"runner": "from-outside"}'

# One spelling a row of each trick.
SPELLINGS = [
    # as it is
    "/starlette/internal", "/starlette/internal/", "/starlette/internal/claim", "/starlette/internal/claim?x=/../..",
    "/starlette/internals", "/internal/claim", "/uvicorn/internal/claim", "/records/internal/claim",
    # encoded, once, twice, or not in UTF-8
    "/starlette/%69nternal/claim", "/%73tarlette/internal/claim", "/starlette/internal%2Fclaim",
    "/starlette%2Finternal%2Fclaim", "/starlette/%2569nternal/claim", "/starlette/%252e%252e/starlette/internal/claim",
    "/starlette/%c0%afinternal/claim", "/starlette/%u0069nternal/claim",
    # dot segments
    "/starlette/./internal/claim", "/uvicorn/../starlette/internal/claim", "/starlette/x/%2e%2e/internal/claim",
    "/starlette/x/..%2finternal/claim", "/starlette/internal/x/../claim", "/starlette/upload/../internal/claim",
    # by way of what goes to the records
    "/starlette/runs/../internal/claim", "/starlette/runs/..%2finternal/claim", "/starlette/docs/..;/internal/claim",
    "/starlette/docs/%2e%2e/internal/claim", "/starlette/docs/assets/..%2f..%2f..%2finternal/claim",
    "/starlette/runs/internal/claim", "/starlette/runs%0A/../internal/claim",
    "/starlette/openapi.json/../internal/claim",
    # slashes
    "//starlette/internal/claim", "/starlette///internal//claim", "/starlette/\\internal/claim",
    "/starlette/%5Cinternal/claim",
    # case, and matrix parameters
    "/starlette/Internal/claim", "/STARLETTE/internal/claim", "/starlette/internal;x=1/claim",
    "/starlette/x/..;/internal/claim", "/starlette/.;/internal/claim",
    # ends of lines and of strings, and what some servers strip
    "/starlette/internal/claim%00", "/starlette/%0Ainternal/claim", "/starlette/%0a/../internal/claim",
    "/starlette/internal/claim%0d%0a", "/starlette/%20internal/claim",
    # the whole URL as the target of the request
    "http://localhost/starlette/internal/claim", "http://records:8000/internal/claim",
]  # fmt: skip
HEADERS = ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Path", "Path-Info"]


def claimed(target: str, *headers: str) -> tuple[int, str, str]:
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


def test_a_claim_from_outside_is_refused_however_it_is_spelled() -> None:
    """Who reached the runner's side would be answered 200 with a run, or 204 where none waits."""
    for target in SPELLINGS:
        status, media_type, body = claimed(target)
        # No path at all: nginx refuses the end of a string, and what is not two hexadecimal digits.
        want = 400 if "%00" in target or "%u" in target else 404
        assert (status, media_type) == (want, PROBLEM), (
            f"POST {target}: wanted {want}, got {status} {media_type}: {body[:500]}"
        )


def test_no_header_leads_there_either() -> None:
    for header in HEADERS:
        for path in ("/internal/claim", "/starlette/internal/claim"):
            status, media_type, body = claimed("/starlette/nothing", f"{header}: {path}")
            assert (status, media_type) == (404, PROBLEM), f"{header}: {path}: wanted 404, got {status}: {body[:500]}"


def test_every_route_of_the_runner_is_404_whatever_the_method() -> None:
    run = "/starlette/internal/runs/01a20672-f3a4-75ed-8c7b-298ce172ad2a"
    for path in ("/starlette/internal/claim", f"{run}/heartbeat", f"{run}/samples", f"{run}/finish"):
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            answered(ask(method, path, json={"runner": "r"}), 404, PROBLEM)


def test_no_contender_is_controlled_from_outside() -> None:
    for name in NAMES:
        for prefix in (f"/{name}", f"/h2/{name}"):
            for method in ("GET", "POST", "PUT", "DELETE"):
                for path in ("workers", "stop", "../internal/workers", "%77orkers"):
                    answered(ask(method, f"{prefix}/internal/{path}", json={"workers": 4}), 404, PROBLEM)
