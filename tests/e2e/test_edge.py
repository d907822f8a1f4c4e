"""The edge by TLS: HTTP/1.1, HTTP/2 and HTTP/3 with the client, HTTP/2 with the servers that have it."""

import asyncio
import json
import os
import ssl
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from bench.protocols.http2 import ALPN, http2
from bench.protocols.http3 import http3
from bench.protocols.raw import Answer
from bench.protocols.raw import get as get_by_http1
from bench.protocols.route import Route
from tests.e2e.lab import HOST, NAMES, answered, ask, describe, get, problem, spoken
from tests.turns import UPLOADS

TLS = urlsplit(os.environ.get("LAB_TLS_URL", "https://localhost:8443"))
# uvicorn's own container for HTTP/2 is of the profile of the others.
OVER_H2 = ["gthread", "gunicorn-asgi", "hypercorn", "granian", "uvicorn"] if "gthread" in NAMES else []


@pytest.fixture(scope="module")
def authority() -> str:
    return answered(get("/ca.pem"), 200, "application/x-pem-file").text


def route(contender: str, authority: str) -> Route:
    return Route(contender, "nginx-tls", TLS.hostname or "localhost", TLS.port or 8443, f"/{contender}", authority)


async def by_each_protocol(to: Route, rest: str) -> dict[str, Answer]:
    async with http2(to, ALPN) as two, http3(to) as three:
        return {
            "HTTP/1.1": await get_by_http1(to, rest),
            "HTTP/2": await two.get(to, rest),
            "HTTP/3": await three.get(to, rest),
        }


def test_each_contender_answers_each_protocol_and_knows_that_it_is_https(contender: str, authority: str) -> None:
    to = route(contender, authority)
    for protocol, answer in asyncio.run(by_each_protocol(to, "dump")).items():
        place = f"/{contender}/dump over {protocol}"
        assert answer.status == 200, place
        assert answer.headers["x-edge-protocol"] == protocol, place
        assert answer.headers["alt-svc"] == f'h3=":{to.port}"; ma=3600', place
        dump = json.loads(answer.body)
        assert (dump.get("wsgi.url_scheme") or dump["scheme"]) == "https", place


def test_what_the_client_claims_of_its_scheme_is_not_believed(contender: str) -> None:
    dump = answered(get(f"/{contender}/dump", headers={"X-Forwarded-Proto": "https"}), 200)
    handed = dump.json()
    assert (handed.get("wsgi.url_scheme") or handed["scheme"]) == "http", describe(dump)
    assert dump.headers["X-Edge-Protocol"] == "HTTP/1.1"
    assert "Alt-Svc" not in dump.headers, "HTTP/3 is offered where TLS is spoken"


@UPLOADS
def test_what_the_server_spoke_with_nginx_is_http2_below_h2_and_http_1_1_elsewhere() -> None:
    for name in OVER_H2:
        for prefix, version in (("", "1.1"), ("/h2", "2")):
            who = answered(get(f"{prefix}/{name}/whoami"), 200).json()
            assert (who["service"], who["http_version"]) == (name, version), f"{prefix}/{name}: {who}"
        assert answered(get(f"/h2/{name}/stream?chunks=3&ms=1"), 200).text.count("chunk ") == 3, name
        body = answered(ask("POST", f"/h2/{name}/upload", data=bytes(100_000)), 200)
        assert body.json()["bytes"] == 100_000, describe(body)
        assert name in problem(get(f"/h2/{name}/nope"), 404)["instance"]
    problem(get("/h2/sync/hello"), 404)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_the_edge_speaks_tls_1_2_and_1_3_with_a_certificate_of_its_authority(authority: str) -> None:
    versions = ssl.TLSVersion
    for version, spoken_ in ((versions.TLSv1_1, False), (versions.TLSv1_2, True), (versions.TLSv1_3, True)):
        context = ssl.create_default_context(cadata=authority)
        context.minimum_version = context.maximum_version = version
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # or the client would refuse what is old by itself
        assert asyncio.run(handshakes(context)) is spoken_, version
    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(handshakes(ssl.create_default_context(), quiet=False))


async def handshakes(context: ssl.SSLContext, *, quiet: bool = True) -> bool:
    try:
        _, writer = await asyncio.open_connection(TLS.hostname, TLS.port, ssl=context)
    except OSError:
        if quiet:
            return False
        raise
    await closed(writer)
    return True


async def closed(writer: asyncio.StreamWriter) -> None:
    """To the end: what is left open is found later, and held against another test."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def test_http_on_the_port_of_tls_is_told_so() -> None:
    async def requested() -> bytes:
        reader, writer = await asyncio.open_connection(TLS.hostname, TLS.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = await reader.read()
        await closed(writer)
        return answer

    answer = asyncio.run(requested())
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert b"https://" in answer, answer
    assert b"<html" not in answer, answer


def test_no_key_is_served() -> None:
    for path in ("/lab.key", "/ca.key", "/tls/lab.key", "/ca.pem/../lab.key", "/lab.pem"):
        response = spoken(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        assert response.status == 404, f"{path}: {response.status}"


def test_early_hints_pass_to_clients_of_http2(authority: str) -> None:
    """Of gunicorn, which sends them; one of HTTP/1.1 might take 103 for the answer."""

    async def hints() -> tuple[Answer, Answer]:
        to = route("sync", authority)
        async with http2(to, ALPN) as two:
            return await two.get(to, "hints"), await get_by_http1(to, "hints")

    new, old = asyncio.run(hints())
    assert ([*new.interim, new.status], [*old.interim, old.status]) == ([103, 200], [200])


def test_what_is_for_containers_of_the_lab_is_not_routed(contender: str) -> None:
    for path in (f"/{contender}/internal/stop", f"/h2/{contender}/internal/stop", f"/{contender}//internal/stop"):
        problem(ask("POST", path), 404)
    answered(get(f"/{contender}/healthz"), 200)
