"""What a server uses that cannot say so itself: beside an image of the user's own, in the same process namespace.

It reads what any user may read in /proc: CPU time and the size of memory, no environment and no file. Every path is
answered with that.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from contender.usage import FIRST, PROC, resident, usage

PORT = 8000  # as every contender's


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(usage(memory=resident, net=PROC / str(FIRST) / "net")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a bench requests it twice a point."""


if __name__ == "__main__":
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
