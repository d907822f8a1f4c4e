"""The probes of the feature matrix: each says yes and no, of real servers, and of one that has nothing."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest
import trustme
import uvicorn
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

from asgi.app import app
from bench.protocols import features, http1, http2, http3, lifecycle, streams
from bench.protocols.route import EVIDENCE, Finding, Probe, Route, yes
from contender import control, usage
from contender.workload import HELLO
from experiments.protocols import FEATURES
from tests.unit.scripted_server import Scripted, answer, scripted


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits of the probes, which are long because real servers and machines are slow."""
    for module, name, seconds in (
        (http1, "IDLE", 0.3),
        (http1, "SILENCE", 0.3),
        (http3, "HANDSHAKE", 0.5),
        (streams, "STALL", 0.05),
        (streams, "LEAVING", 1.0),
        (lifecycle, "WORK", 0.3),
        (lifecycle, "BEGUN", 0.05),
        (lifecycle, "BACK", 0.2),
    ):
        monkeypatch.setattr(module, name, seconds)
    monkeypatch.setattr(streams, "MORE", -240)  # MiB: 16 of them are response enough


@asynccontextmanager
async def served() -> AsyncIterator[Route]:
    """The bare ASGI application under uvicorn."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, timeout_keep_alive=15, log_level="critical"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        assert not running.done(), running.exception()
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Route("uvicorn", "direct", "127.0.0.1", port, "")
    finally:
        server.should_exit = True
        await running


def way_to(server: Scripted) -> Route:
    return Route("deaf", "direct", *server.address, "")


async def deaf(writer: asyncio.StreamWriter, _: int) -> None:
    """Answers the first head of a connection in a way that is never right, and closes."""
    writer.write(answer(b"hi\n"))
    writer.close()


async def walked(route: Route) -> dict[str, Finding]:
    return {feature: finding async for _, feature, finding in features.findings(route)}


def test_uvicorn_is_found_to_speak_what_it_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """And to be in flight when it is signalled to stop, of which here nothing comes."""
    monkeypatch.setattr(control, "stop", dict)
    monkeypatch.setattr(usage, "memory_limit", lambda _: 128)  # a large response is larger than it, whatever it is here

    async def scenario() -> dict[str, Finding]:
        async with served() as route:
            return await walked(route)

    found = asyncio.run(scenario())
    assert list(dict.fromkeys(found)) == [*(f for f in FEATURES if f not in LATE), *LATE]
    unable = {name for name, finding in found.items() if finding.verdict == "no"}
    assert unable == {"h2-prior-knowledge", "h2c-upgrade", "h2-alpn", "h3", "websocket-h2", "early-hints"}, found
    assert not {name for name, finding in found.items() if finding.verdict == "partly"}, found
    assert all(0 < len(finding.evidence) <= EVIDENCE for finding in found.values()), found


LATE = ["keep-alive", "graceful-shutdown"]


def test_a_server_that_has_none_of_it_is_found_out_and_no_probe_fails() -> None:
    async def scenario() -> dict[str, Finding]:
        async with scripted(deaf) as server:
            return await walked(way_to(server))

    found = asyncio.run(scenario())
    assert found.keys() == set(FEATURES) == {*features.PROBES, *features.OBSERVED}
    assert {finding.verdict for finding in found.values()} == {"no"}, found


def test_nobody_there_is_a_row_for_each_feature() -> None:
    found = asyncio.run(walked(Route("gone", "direct", "127.0.0.1", 1, "")))
    assert {finding.verdict for finding in found.values()} == {"no"}, found


# --- what works with a catch ----------------------------------------------------------------------------


async def open_after_http_1_0(writer: asyncio.StreamWriter, _: int) -> None:
    writer.write(answer(HELLO))


async def closes_behind_the_third(writer: asyncio.StreamWriter, before: int) -> None:
    writer.write(answer(HELLO))
    if before == 2:
        writer.close()


async def ends_by_closing(writer: asyncio.StreamWriter, _: int) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\nchunk 3 of 3\n")
    writer.close()


def test_what_works_with_a_catch_is_partly() -> None:
    for script, probe, catch in (
        (open_after_http_1_0, http1.http_1_0, "stays open"),
        (closes_behind_the_third, http1.keep_alive, "3 requests on one connection, then it was closed"),
        (ends_by_closing, http1.chunked_response, "ended by connection close"),
    ):

        async def scenario(script: Any = script, probe: Probe = probe) -> Finding:
            async with scripted(script) as server:
                return await features.found(probe, way_to(server), 5)

        finding = asyncio.run(scenario())
        assert (finding.verdict, catch in finding.evidence) == ("partly", True), f"{probe}: {finding}"


def collected(body_ms: float) -> Callable[[asyncio.StreamWriter, int], Awaitable[None]]:
    async def script(writer: asyncio.StreamWriter, _: int) -> None:
        await asyncio.sleep(0.4)  # until both parts have come
        writer.write(answer(b"{}", "200 OK", f"Server-Timing: queue;dur=1, body;dur={body_ms}, app;dur=9"))

    return script


def test_a_body_that_somebody_collected_is_no_stream() -> None:
    for body_ms, verdict in ((0.4, "no"), (300.0, "yes")):

        async def scenario(body_ms: float = body_ms) -> Finding:
            async with scripted(collected(body_ms)) as server:
                return await streams.streaming_request(way_to(server))

        assert asyncio.run(scenario()).verdict == verdict, body_ms


async def events_at_once(writer: asyncio.StreamWriter, _: int) -> None:
    """As a proxy hands them on that buffers: made long before they come."""
    made = [f"data: {json.dumps({'event': number, 'made': 1000.0 + number})}\n\n" for number in (1, 2, 3)]
    writer.write(answer("".join(made).encode(), "200 OK", "Content-Type: text/event-stream"))


def test_events_that_come_together_are_no_stream_of_events() -> None:
    async def scenario() -> Finding:
        async with scripted(events_at_once) as server:
            return await streams.events(way_to(server))

    finding = asyncio.run(scenario())
    assert (finding.verdict, "3 events in 1 reads" in finding.evidence) == ("no", True), finding


# --- HTTP/2 and HTTP/3 ----------------------------------------------------------------------------------


async def answer_by_http2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    while data := await reader.read(65536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                connection.send_headers(event.stream_id, [(":status", "103"), ("link", "</x>")])
                connection.send_headers(event.stream_id, [(":status", "200")])
                connection.send_data(event.stream_id, HELLO, end_stream=True)
        writer.write(connection.data_to_send())
    writer.close()


def test_http2_is_found_with_tls_and_without() -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    tls.set_alpn_protocols(["h2"])
    ca = authority.cert_pem.bytes().decode()

    async def scenario() -> None:
        for context, pem, probe in ((None, None, http2.prior_knowledge), (tls, ca, http2.by_alpn)):
            server = await asyncio.start_server(answer_by_http2, "127.0.0.1", 0, ssl=context)
            async with server:
                port = server.sockets[0].getsockname()[1]
                route = Route("h2", "nginx-tls", "127.0.0.1", port, "", pem)
                finding = await features.found(probe, route, 5)
                assert finding.verdict == "yes", f"{probe}: {finding}"
                if pem:
                    hints = await features.found(streams.early_hints, route, 5)
                    assert hints == yes("`GET /hints` over HTTP/2: 103, 200")
                    stranger = Route("h2", "nginx-tls", "127.0.0.1", port, "", trustme.CA().cert_pem.bytes().decode())
                    assert "CERTIFICATE_VERIFY_FAILED" in (await features.found(probe, stranger, 5)).evidence

    asyncio.run(scenario())


class Answering(QuicConnectionProtocol):
    def quic_event_received(self, event: Any) -> None:
        self.http = getattr(self, "http", None) or H3Connection(self._quic)
        for found in self.http.handle_event(event):
            if isinstance(found, HeadersReceived):
                self.http.send_headers(found.stream_id, [(b":status", b"200")])
                self.http.send_data(found.stream_id, HELLO, end_stream=True)
                self.transmit()


def test_http3_is_found(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(issued.cert_chain_pems[0].bytes())
    key.write_bytes(issued.private_key_pem.bytes())

    async def scenario() -> Finding:
        settings = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
        settings.load_cert_chain(str(chain), str(key))
        server = await serve("127.0.0.1", 0, configuration=settings, create_protocol=Answering)
        assert server._transport is not None
        port = server._transport.get_extra_info("sockname")[1]
        route = Route("h3", "nginx-tls", "localhost", port, "", authority.cert_pem.bytes().decode())
        finding = await features.found(http3.over_quic, route, 5)
        server.close()
        return finding

    finding = asyncio.run(scenario())
    assert finding.verdict == "yes", finding
