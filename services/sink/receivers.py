"""How spans come in: OTLP over HTTP from contenders, and from nginx a datagram for each request."""

import gzip
import json
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.message import DecodeError

from sink.spans import Span, Spans, decode

OTLP_PORT, NGINX_PORT = 4318, 5140  # OTLP's own; syslog's, where a user may listen
LONGEST = 16 * 1024 * 1024  # bytes of a request: 512 spans, as an exporter sends them, have 0.3 MiB
SLOW = 3.0  # seconds: below the exporter's timeout of 10
MODES = ("ok", "slow", "refusing", "gone")


class Receiver:
    """OTLP over HTTP. `mode` says how it fails: slow, refusing with 503, or gone, which is nobody listening."""

    def __init__(self, spans: Spans, address: str = "", port: int = OTLP_PORT) -> None:
        self.mode = "ok"
        self.spans, self._address, self.port = spans, address, port
        self._server: ThreadingHTTPServer | None = None
        self._lock = threading.Lock()
        self.set("ok")

    def set(self, mode: str) -> None:
        with self._lock:
            self.mode = mode
            if mode == "gone" and self._server:
                self._server.shutdown()
                self._server.server_close()
                self._server = None
            elif mode != "gone" and not self._server:
                self._server = ThreadingHTTPServer((self._address, self.port), self._handler())
                self.port = self._server.server_port
                threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60  # of an idle connection

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                if self.path == "/v1/traces" and 0 <= length <= LONGEST:
                    self._answer(receiver.take(self.rfile.read(length), self.headers.get("Content-Encoding")))
                else:
                    self.close_connection = True  # the body is left in it
                    self._answer(413 if length > LONGEST else 404)

            def _answer(self, status: int) -> None:
                if receiver.mode == "gone":  # of a connection that was kept
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing: one every five seconds from each process."""

        return Handler

    def take(self, body: bytes, encoding: str | None) -> int:
        if self.mode in ("refusing", "gone"):
            return 503
        if self.mode == "slow":
            time.sleep(SLOW)
        try:
            self.spans.add(decode(gzip.decompress(body) if encoding == "gzip" else body))
        except DecodeError, gzip.BadGzipFile, EOFError:
            return 400
        return 200


def listen_to_nginx(spans: Spans, address: str = "", port: int = NGINX_PORT) -> socketserver.UDPServer:
    """Each datagram is a line of syslog, whose message is the JSON object of nginx/otel.conf."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if (span := parse(self.request[0].decode(errors="replace"))) is not None:
                spans.add([span])

    server = socketserver.UDPServer((address, port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def parse(line: str) -> Span | None:
    _, brace, rest = line.partition("{")
    try:
        found: dict[str, Any] = json.loads(brace + rest)
        end = float(found["end"])
        return Span(
            trace=found["trace"],
            span=found["span"],
            parent=found["parent"],
            service="nginx",
            kind="server",
            name=found["name"],
            start=end - float(found["seconds"]),
            end=end,
        )
    except ValueError, KeyError:
        return None  # cut off: a datagram of syslog has 2 KiB
