"""What services/own/visit.py makes of an application's pages, which a real server has at both addresses."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from own import visit

LAB = "http://localhost:8080"
HOST = "own-sync.localhost:8080"
PREFIX = "/own-sync"
DISALLOWED = "<h1>Bad Request (400)</h1>"  # Django's, without DEBUG
# The path or where it redirects, and what each address responds: a status with a page or a Location.
PLAIN = {"/": (200, "<script src=app.js></script><a href=/items>"), "/app.js": (200, ""), "/items": (401, "")}
HARD = {"/": (200, "<script src=/static/app.js></script>"), "/static/app.js": (200, "")}
LOGIN = {"/": (302, "/login"), "/login": (200, "<link href=/site.css>"), "/site.css": (500, "")}
BEHIND = {"/": (301, "https://shop.example/")}
LOOP = {"/": (302, "/login"), "/login": (302, "/")}

# The application at its prefix, at its host name, what is printed of each, and the exit code.
ROWS: list[tuple[dict[str, Any], dict[str, Any], str, str, int]] = [
    ({"/": (200, "<a href=/own-sync/x>"), "/x": (405, "")}, PLAIN, "works", "works", 0),
    (HARD, HARD, "its page refers to /static/app.js, outside of /own-sync/", "works", visit.ROOT_ONLY),
    ({}, PLAIN, "/own-sync/ is 404", "works", visit.ROOT_ONLY),
    (LOGIN, LOGIN, "/own-sync/ redirects to /login, outside of /own-sync/",
     "its page refers to /site.css, which is 500", 0),
    (PLAIN, BEHIND, "its page refers to /items, outside of /own-sync/", "/ redirects to another host, shop.example", 0),
    (
        {"/": (400, DISALLOWED)},
        {"/": (400, DISALLOWED)},
        "the application refuses the host localhost (Django's DisallowedHost): add it to ALLOWED_HOSTS",
        "the application refuses the host own-sync.localhost (Django's DisallowedHost): add it to ALLOWED_HOSTS",
        0,
    ),
    ({"/": (None, "")}, PLAIN, "no response (RemoteDisconnected)", "works", visit.ROOT_ONLY),
    ({"/": (200, "<img src=/own-sync/a><a href=https://elsewhere.example/>"), "/a": (404, "")}, PLAIN,
     "its page refers to /own-sync/a, which is 404", "works", visit.ROOT_ONLY),
    # nginx redirects the prefix without a slash to the one with it, and Datasette the other way.
    ({"/": (302, "/own-sync"), "/own-sync": (301, "/own-sync/")}, PLAIN,
     "/own-sync/ redirects more than 3 times", "works", visit.ROOT_ONLY),
    (PLAIN | {"/": (200, "no links")}, LOOP, "works", "/ redirects more than 3 times", 0),
]  # fmt: skip


class Application(BaseHTTPRequestHandler):
    """Of the pages of the current row. As nginx: the prefix, or the host name, chooses the address."""

    below: dict[str, Any]
    at_root: dict[str, Any]

    def do_GET(self) -> None:
        pages, path = (self.at_root, self.path)
        if self.headers["Host"] != HOST:
            pages, path = self.below, self.path.removeprefix(PREFIX) or PREFIX
        status, text = pages.get(path, (404, ""))
        if status is None:
            return
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", text)
            text = ""
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None: ...


def test_each_address_works_or_says_why_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Application) as server:
        threading.Thread(target=server.serve_forever, name="application").start()
        monkeypatch.setattr(visit, "EDGE", server.server_address)
        for below, at_root, prefix_line, root_line, code in ROWS:
            with subtests.test(f"{prefix_line} / {root_line}"):
                monkeypatch.setattr(Application, "below", below, raising=False)
                monkeypatch.setattr(Application, "at_root", at_root, raising=False)
                assert visit.main("own-sync", LAB, "/") == code
                lines = [line.split("/ ", 1)[1] for line in capsys.readouterr().out.splitlines()]
                wanted = [line if line == "works" else f"does not work: {line}" for line in (prefix_line, root_line)]
                assert lines == wanted
        server.shutdown()
