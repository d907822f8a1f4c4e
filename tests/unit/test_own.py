"""An application of the user's own: how it is found and told apart, and what the lab adds to it."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from contender.asgi import Message, Receive, Scope, Send
from contender.catalogue import ABOUT
from own import Mistaken, check, interface, load
from own.settings import environment
from own.wrap import wrapped_asgi, wrapped_wsgi

MODULE = """
import sqlite3
def app(environ, start_response): ...
def create_app(): return app
class Site:
    async def __call__(self, scope, receive, send): ...
site = Site()
number = 7
def nothing(): return None
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the user's modules are; those that a test imports are forgotten."""
    monkeypatch.setattr(check, "APP", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    (tmp_path / "shop.py").write_text(MODULE)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_the_callable_is_found_by_its_name_or_by_a_usual_one(folder: Path) -> None:
    for target, wanted in (("shop:app", "app"), ("shop", "app"), ("shop:create_app()", "app")):
        assert load(target).__name__ == wanted, target


def test_what_cannot_be_called_is_named_with_what_can(folder: Path) -> None:
    for target, wanted in (
        ("shop:application", "shop has no 'application'; what can be called there: app, create_app, nothing, site."),
        ("shop:number", "shop:number: number is int, which nobody can call."),
        ("shop:nothing()", "shop:nothing(): nothing() returns NoneType, which nobody can call."),
    ):
        with pytest.raises(Mistaken) as mistake:
            load(target)
        assert str(mistake.value) == wanted


class Wsgi:
    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any: ...


class Asgi:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


async def coroutine(scope: Scope, receive: Receive, send: Send) -> None: ...


def partly(scope: Scope, receive: Receive, send: Send, more: int = 1) -> Any: ...


class Asgi2:
    def __init__(self, scope: Scope) -> None: ...


def factory() -> Any: ...


def either(*arguments: Any) -> Any: ...


def test_an_interface_is_told_by_looking_at_the_callable() -> None:
    rows: list[tuple[Callable[..., Any], str | None]] = [
        (Wsgi(), "wsgi"),
        (Asgi(), "asgi"),
        (coroutine, "asgi"),
        (partly, "asgi"),
        (either, None),
    ]
    for app, wanted in rows:
        assert interface(app) == wanted, app
    for app, wanted in ((factory, "app.py:create_app()"), (Asgi2, "ASGI 2")):
        with pytest.raises(Mistaken, match=wanted.replace("(", r"\(").replace(")", r"\)")):
            interface(app)


# --- looking before serving -------------------------------------------------------------------------------


def looked(monkeypatch: pytest.MonkeyPatch, target: str, wanted: str = "") -> int:
    monkeypatch.setattr(check, "TARGET", target)
    monkeypatch.setattr(check, "INTERFACE", wanted)
    return check.main()


def test_a_look_ends_with_the_interface_and_says_what_no_patch_reaches(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert looked(monkeypatch, "shop:app") == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == "wsgi"
    assert "note: sqlite3 waits in C" in told.err


def test_what_is_wrong_is_said_as_its_developer_needs_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.py").write_text("def setting():\n    return {}['DATABASE']\nsetting()\n")
    (folder / "missing.py").write_text("import no_such_package_of_anybody\n")
    (folder / "leaving.py").write_text("raise SystemExit('no configuration')\n")
    for target, wanted, parts in (
        ("broken:app", "", [f'{folder}/broken.py", line 2', "KeyError: 'DATABASE'"]),
        ("missing:app", "", ["no_such_package_of_anybody is not installed", "--requirements FILE", "missing.py"]),
        ("absent:app", "", ["There is no module absent; the folder has: ", "shop.py"]),
        ("leaving:app", "", ["SystemExit: no configuration"]),
        ("shop:site", "wsgi", ["shop:site is called with scope, receive and send: ASGI; asked for wsgi."]),
        ("shop:app", "asgi", ["shop:app takes environ and start_response: WSGI; asked for asgi."]),
    ):
        assert looked(monkeypatch, target, wanted) == 1, target
        told = capsys.readouterr().err
        assert [part for part in parts if part not in told] == [], told
    (folder / "own").mkdir()
    assert looked(monkeypatch, "shop:app") == 1
    assert "own is the name of a package of the lab's own" in capsys.readouterr().err


def test_its_own_variables_are_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_ENV", "KEY=a=b\nEMPTY=\n")
    assert environment() == {"KEY": "a=b", "EMPTY": ""}


# --- what the lab adds ------------------------------------------------------------------------------------


def called(app: Any, path: str) -> tuple[str, dict[str, str], Any]:
    started: list[tuple[str, dict[str, str]]] = []

    def start(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], object]:
        started.append((status, dict(headers)))
        return lambda _: None

    body = app(
        {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/own-sync", "PATH_INFO": path, "wsgi.errors": sys.stderr}, start
    )
    content = b"".join(body)
    getattr(body, "close", lambda: None)()
    return *started[0], content


def test_a_wsgi_application_is_identified_and_otherwise_untouched() -> None:
    seen: list[WSGIEnvironment] = []

    def users(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.append(environ)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"nobody"]

    status, headers, body = called(wrapped_wsgi(users), "/healthz")
    assert (status, body) == ("404 Not Found", b"nobody")
    assert headers["X-Served-By"].startswith("host=")
    assert (seen[0]["SCRIPT_NAME"], seen[0]["PATH_INFO"]) == ("/own-sync", "/healthz")
    status, headers, body = called(wrapped_wsgi(users), f"{ABOUT}/healthz")
    assert (status, body, len(seen)) == ("200 OK", b"ok\n", 1), "the lab's own question reached the application"


def test_an_asgi_application_is_identified_and_otherwise_untouched() -> None:
    seen: list[Scope] = []
    sent: list[Message] = []

    async def users(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b"nobody"})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    for path in ("/own-uvicorn/healthz", f"/own-uvicorn{ABOUT}/healthz"):
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "root_path": "/own-uvicorn",
            "query_string": b"",
            "headers": [],
        }
        asyncio.run(wrapped_asgi(users)(scope, receive, send))
    assert [each["status"] for each in sent if "status" in each] == [404, 200]
    assert b"x-served-by" in dict(sent[0]["headers"])
    assert [(each["root_path"], each["path"]) for each in seen] == [("/own-uvicorn", "/own-uvicorn/healthz")]
    assert sent[-1]["body"] == b"ok\n"
