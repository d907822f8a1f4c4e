"""The sink, and its command line: `docker compose exec sink python -m sink slow` (ok, refusing, gone).

On port 8000 it returns what it has: /spans, the mode, and counts by service and kind; /traces/<id>, the spans of one
trace so far, which may be none. PUT /mode changes the mode.
"""

import json
import re
import sys
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sink.receivers import MODES, Receiver, listen_to_nginx
from sink.spans import Spans

PORT = 8000


def control(spans: Spans, receiver: Receiver, address: str = "", port: int = PORT) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path == "/spans":
                self._answer(200, {"mode": receiver.mode, "spans": spans.counts()})
            elif match := re.fullmatch("/traces/([0-9a-f]{32})", self.path):
                self._answer(200, {"spans": spans.trace(match[1])})
            else:
                self._answer(404, {"detail": "There are /spans and /traces/<id>."})

        def do_PUT(self) -> None:
            mode = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 16)).decode("latin-1")
            if self.path == "/mode" and mode in MODES:
                receiver.set(mode)
                self._answer(200, {"mode": mode})
            else:
                self._answer(422, {"detail": f"mode={mode!r} is none of {', '.join(MODES)}."})

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode() + b"\n"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: a health check, every half a minute."""

    return ThreadingHTTPServer((address, port), Handler)


def main(*arguments: str) -> int:
    if not arguments:
        spans = Spans()
        receiver = Receiver(spans)
        listen_to_nginx(spans)
        control(spans, receiver).serve_forever()
    connection = HTTPConnection("127.0.0.1", PORT, timeout=5)
    if arguments == ("health",):
        connection.request("GET", "/spans")
    else:
        connection.request("PUT", "/mode", arguments[0])
    response = connection.getresponse()
    sys.stdout.write(response.read().decode())
    return int(response.status != 200)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
