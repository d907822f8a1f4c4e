"""The user's own application: how it is loaded, looked at, installed and explained; and what the lab adds to it."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from contender.asgi import Message, Receive, Scope, Send
from contender.catalogue import LAB_PREFIX
from own import ProjectError, failures, look, remedies, servers, start
from own.description import Description, Found, Request, Source, Target
from own.find import links
from own.find.requirements import local_requirement, rewrite
from own.find.version import from_describe
from own.load import interface, load
from own.wrap import wrap_asgi, wrap_wsgi

MODULE = """
def app(environ, start_response): ...
def create_app(colour="red", size=1): return app
def make(colour): return app if colour == "green" else None
class Site:
    async def __call__(self, scope, receive, send): ...
site = Site()
site.inner = app
number = 7
def nothing(): return None
async def later(): ...
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the user's modules are; those that a test imports are forgotten."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    (tmp_path / "shop.py").write_text(MODULE)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_an_expression_is_loaded_as_gunicorn_and_flask_read_it(folder: Path) -> None:
    for expression, loaded, wanted in (
        ("app", "app", "app"),
        ("", "app", "app"),
        ("create_app", "create_app()", "app"),
        ("create_app()", "create_app()", "app"),
        ("make('green')", "make('green')", "app"),
        ("make(colour='green')", "make(colour='green')", "app"),
        ("site.inner", "site.inner", "app"),
    ):
        found, name = load("shop", expression)
        assert (found.__name__, name) == (wanted, loaded), expression


def test_what_is_not_callable_is_named_with_what_is(folder: Path) -> None:
    for expression, wanted in (
        ("application", "shop has no 'application'; callables found: app, create_app, later, make, nothing, site."),
        ("number", "shop: number is int, which is not callable."),
        ("nothing", "shop: nothing() returns NoneType, which is not callable."),
        ("make('red')", "shop: make('red') is NoneType, which is not callable."),
        ("later", "shop: later() is a coroutine; the servers need a factory that is no `async def`."),
        ("app if app else None", "shop:app if app else None is neither a name nor a call with plain arguments."),
    ):
        with pytest.raises(ProjectError) as error:
            load("shop", expression)
        assert str(error.value) == wanted


class Wsgi:
    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any: ...


class Asgi:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


async def coroutine(scope: Scope, receive: Receive, send: Send) -> None: ...


def partly(scope: Scope, receive: Receive, send: Send, more: int = 1) -> Any: ...


class Asgi2:
    def __init__(self, scope: Scope) -> None: ...


def either(*arguments: Any) -> Any: ...


def test_an_interface_is_detected_from_the_callable() -> None:
    rows: list[tuple[Callable[..., Any], str | None]] = [
        (Wsgi(), "wsgi"),
        (Asgi(), "asgi"),
        (coroutine, "asgi"),
        (partly, "asgi"),
        (either, None),
    ]
    for app, wanted in rows:
        assert interface(app) == wanted, app
    with pytest.raises(ProjectError, match="ASGI 2"):
        interface(Asgi2)


# --- which servers ----------------------------------------------------------------------------------------


def test_of_two_interfaces_each_server_has_its_own() -> None:
    wsgi, asgi = Target("shop.wsgi", interface="wsgi"), Target("shop.asgi", interface="asgi")
    both = servers.assign([wsgi, asgi])
    assert [name for name, target in both.items() if target is wsgi] == ["own-sync", "own-gthread", "own-gevent"]
    assert [name for name, target in both.items() if target is asgi] == [
        "own-granian",
        "own-uvicorn",
        "own-gunicorn-asgi",
    ]
    assert list(servers.assign([wsgi])) == ["own-sync", "own-gthread", "own-gevent", "own-granian"]


# As scripts/try passes it: two lines, with a backslash and an n in the first.
ODD = r"""ODD=a \"quote\" of $HOME\\n\nat {prefix}/static"""


def test_a_server_gets_the_application_s_variables_and_folder_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backend").mkdir()
    target = Target("shop", "app", "backend", "", "asgi")
    monkeypatch.setattr("own.settings.APP", tmp_path)
    monkeypatch.setattr(start, "APP", tmp_path)
    environment = {"SERVICE": "own-granian", "OWN_ENV": "TZ=Asia/Tokyo\nKEY=a=b\nEMPTY=\n" + ODD}
    monkeypatch.setattr(
        "os.environ", environment | {"OWN_FOUND": Found({"own-granian": target}, {"KEY": "x", "MORE": "y"}).to_json()}
    )
    became: list[tuple[str, ...]] = []
    monkeypatch.setattr("os.execvp", lambda _, command: became.append(command))
    monkeypatch.chdir(tmp_path)
    start.main("granian", "own.app:app")
    import os  # noqa: PLC0415 - as patched above

    assert became == [("granian", "own.app:app")]
    got = {name: os.environ[name] for name in ("TZ", "KEY", "EMPTY", "MORE", "ODD", "GRANIAN_INTERFACE")}
    odd = 'a "quote" of $HOME\\n\nat /own-granian/static'
    wanted = {"TZ": "Asia/Tokyo", "KEY": "a=b", "EMPTY": "", "MORE": "y", "ODD": odd, "GRANIAN_INTERFACE": "asgi"}
    assert got == wanted
    assert os.environ["PYTHONPATH"].split(":")[1:] == [str(tmp_path / "backend"), str(tmp_path)]
    assert Path.cwd() == tmp_path / "backend"


# --- requirements -----------------------------------------------------------------------------------------


def test_a_requirement_that_is_a_folder_of_the_project_is_told_from_others() -> None:
    for line, wanted in (
        ("-e .", (".", "")),
        ("-e .[web,db]", (".", "[web,db]")),
        ("--editable=./libs/shop", ("libs/shop", "")),
        ("./libs/shop  # ours", ("libs/shop", "")),
        ("file:./libs/shop", ("libs/shop", "")),
        (".", (".", "")),
        ("-e ../shared", ("../shared", "")),
        ("flask==3.1.3", None),
        ("flask[async]>=3; python_version > '3'", None),
        ("shop @ git+https://git.example/a/shop.git", None),
        ("-e git+https://git.example/a/shop.git#egg=shop", None),
        ("--hash=sha256:00", None),
        ("# ./libs", None),
    ):
        assert local_requirement(line) == wanted, line
    text = "\ufeffflask\n-e .\n-e git+https://git.example/shop.git@v1#egg=shop\n"
    assert rewrite(text) == "flask\nshop @ git+https://git.example/shop.git@v1\n"


def test_a_version_from_git_is_that_of_setuptools_scm() -> None:
    for described, wanted in (
        ("v1.2.3-0-gabc1234", "1.2.3"),
        ("v1.2.3-4-gabc1234", "1.2.4.dev4+gabc1234"),
        ("release-2.0rc1-0-gabc1234", "2.0rc1"),
        ("abc1234", "0.0.0+gabc1234"),
        ("", "0.0.0"),
    ):
        assert from_describe(described) == wanted, described


def test_a_failed_installation_names_its_remedy_first() -> None:
    for output, wanted in (
        ("cause: Git executable not found. Ensure that Git is installed", "--apt git"),
        ("error: command 'gcc' failed: No such file or directory", "--apt gcc"),
        ("fatal error: Python.h: No such file or directory", "--apt gcc --apt python3-dev"),
        ("fatal error: ffi.h: No such file or directory", "ffi.h is missing: --apt"),
        ("Because shop was not found in the package registry and you require shop", "shop is not in the package index"),
        ("HTTP status client error (401 Unauthorized) for url", "responds with 401 Unauthorized"),
        ("because old==1 has no wheels with a matching Python ABI tag", "old==1 has no wheel for the lab's Python"),
        ("Because there is no version of flask==99 and you require flask==99", "there is no release flask==99"),
        ("error: dns error", "could not be reached"),
    ):
        assert wanted in remedies.of_installation(f"error: x\n{output}\n").splitlines()[0], output


def test_links_that_leave_the_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "inside").symlink_to("app.py")
    (tmp_path / "up").symlink_to("../other/app.py")
    (tmp_path / "away").symlink_to("/srv/models")
    assert [each.split(" is a link")[0] for each in links.outside(tmp_path, "/srv/me/shop")] == ["away", "up"]


def test_the_folder_is_named_as_its_user_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "APP", Path("/app"))
    monkeypatch.setattr(failures, "FOLDER", "/srv/me/shop")
    text = 'File "/app/app.py", line 1: no /app, /application or /srv/app'
    assert failures.in_folder(text) == 'File "/srv/me/shop/app.py", line 1: no /srv/me/shop, /application or /srv/app'


# --- looking before serving -------------------------------------------------------------------------------


def looked(folder: Path, monkeypatch: pytest.MonkeyPatch, target: Target, wanted: str = "") -> tuple[Found, list[str]]:
    monkeypatch.setattr(look, "APP", folder)
    monkeypatch.setattr("own.settings.APP", folder)
    monkeypatch.setenv("OWN_PLACE", str(folder))
    monkeypatch.setattr(servers, "unable", lambda _: None)  # the suite's image has none of the servers
    return look.look(Description("/srv/me/shop", (target,), Source("nothing")), wanted)


def test_a_look_has_the_interface_and_what_no_patch_reaches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "notes.py").write_text("import sqlite3\n" + MODULE)
    found, notes = looked(folder, monkeypatch, Target("notes", "create_app"))
    assert (found.servers["own-sync"].name, list(found.servers)) == (
        "create_app()",
        list(servers.assign([Target("x", interface="wsgi")])),
    )
    assert "sqlite3 waits in C" in notes[0]
    for target, wanted, message in (
        (Target("shop", "site"), "wsgi", "shop:site is ASGI (Site): leave out --interface wsgi."),
        (Target("shop", "app"), "asgi", "shop:app is WSGI (function): leave out --interface asgi."),
    ):
        with pytest.raises(ProjectError) as error:
            looked(folder, monkeypatch, target, wanted)
        assert str(error.value) == message
    (folder / "own").mkdir()
    with pytest.raises(ProjectError, match="own collides with one of the lab's own packages"):
        looked(folder, monkeypatch, Target("shop", "app"))


def test_what_the_build_writes_the_look_reads() -> None:
    target = Target("shop.wsgi", "application", "backend", "Django", "wsgi")
    source = Source("requirements", "requirements.txt", ("requirements.txt",), (".[web]",), "with requirements", ("x",))
    description = Description("/srv/me/shop", (target,), source, {"KEY": "value"}, ("note",))
    assert Description.from_json(description.to_json()) == description
    found = Found({"own-sync": target}, {"KEY": "value"})
    assert Found.from_json(found.to_json()) == found
    assert "\n" not in found.to_json()
    assert json.loads(found.to_json())["servers"]["own-sync"]["base"] == "backend"
    request = Request.parse("folder=/srv/me/a=b\nname=\nextras=web\nextras=db\nentries=app.py\n")
    assert request == Request(folder="/srv/me/a=b", extras=("web", "db"), entries=("app.py",))


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

    status, headers, body = called(wrap_wsgi(users), "/healthz")
    assert (status, body) == ("404 Not Found", b"nobody")
    assert headers["X-Served-By"].startswith("host=")
    assert (seen[0]["SCRIPT_NAME"], seen[0]["PATH_INFO"]) == ("/own-sync", "/healthz")
    status, headers, body = called(wrap_wsgi(users), f"{LAB_PREFIX}/healthz")
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

    for path in ("/own-uvicorn/healthz", f"/own-uvicorn{LAB_PREFIX}/healthz"):
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "root_path": "/own-uvicorn",
            "query_string": b"",
            "headers": [],
        }
        asyncio.run(wrap_asgi(users)(scope, receive, send))
    assert [each["status"] for each in sent if "status" in each] == [404, 200]
    assert b"x-served-by" in dict(sent[0]["headers"])
    assert [(each["root_path"], each["path"]) for each in seen] == [("/own-uvicorn", "/own-uvicorn/healthz")]
    assert sent[-1]["body"] == b"ok\n"
