"""What the scripts make of what Docker tells them, with a stand-in for `docker` that says it.

Neither an engine that is too old nor a registry that answers can be had wherever this suite runs.
"""

import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.contract.project import services
from tests.contract.stand_in import NEW, OWN_BASES, SILENT, Tree

# --- prepare ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("api", "code"), [("1.43", 1), ("1.44", 0), ("1.51", 0)])
def test_an_engine_that_is_too_old_is_said_before_anything_is_made(tree: Tree, api: str, code: int) -> None:
    got = tree.run("prepare", docker=NEW | {"version --format": f"echo {api}"} | OWN_BASES | SILENT)
    assert got.returncode == code, got.stderr
    if code:
        assert f"API {api}, but 1.44 (Engine 25) is required" in got.stderr
        assert not tree.commands("pull")


def test_official_images_that_are_here_are_used_and_no_registry_is_asked(tree: Tree) -> None:
    got = tree.run("prepare", docker=NEW | {"image inspect": "true"})
    assert (got.returncode, tree.commands("pull")) == (0, []), got.stderr
    assert not (tree.root / ".env").exists(), "wanted no setting, as compose.yaml names the official ones"


def test_a_registry_that_is_silent_is_asked_once_and_the_choice_is_written_down(tree: Tree) -> None:
    got = tree.run("prepare", docker=NEW | OWN_BASES | SILENT)
    assert (got.returncode, len(tree.commands("pull"))) == (0, 1), got.stderr
    assert [line.partition("=")[0] for line in tree.settings()] == ["PYTHON_IMAGE", "NGINX_IMAGE", "POSTGRES_IMAGE"]
    assert all("=serverlab/" in line for line in tree.settings()), tree.settings()


def test_what_observes_is_prepared_where_it_is_wanted(tree: Tree) -> None:
    (tree.root / ".env").write_text("OBSERVE=prometheus\n")
    got = tree.run("prepare", docker=NEW | OWN_BASES | SILENT)
    assert got.returncode == 0, got.stderr
    assert tree.settings()[-2:] == [
        "PROMETHEUS_IMAGE=serverlab/prom/prometheus:3.5-debian",
        "NGINX_EXPORTER_IMAGE=serverlab/nginx/nginx-prometheus-exporter:1.5-debian",
    ]


def test_a_registry_that_answers_is_preferred_to_what_was_made_here(tree: Tree) -> None:
    """Made when there was none; what else stands in .env stays."""
    (tree.root / ".env").write_text("LAB_PORT=9000\n")
    tree.run("prepare", docker=NEW | OWN_BASES | SILENT)
    got = tree.run("prepare", docker=NEW | OWN_BASES | {"pull": "echo '3.14: Pulling from library/python'"})
    assert (got.returncode, tree.settings()) == (0, ["LAB_PORT=9000"]), got.stderr


def test_a_setting_is_written_in_one_step_and_only_once(tree: Tree) -> None:
    """Scripts that run side by side, as three of scripts/try do, once wrote half of each other's lines."""
    env, kept = tree.root / ".env", tree.root / "kept"
    kept.write_text("LAB_PORT=9000")
    kept.chmod(0o600)
    env.symlink_to(kept)
    before = kept.stat()
    tree.run("prepare", docker=NEW | OWN_BASES | SILENT)
    written = kept.stat()
    assert tree.settings()[0] == "LAB_PORT=9000"
    assert len(tree.settings()) == 4
    assert (env.is_symlink(), written.st_mode) == (True, before.st_mode)
    assert written.st_ino != before.st_ino, "wanted another file in its place, which no reader finds half written"
    tree.run("prepare", docker=NEW | OWN_BASES | SILENT)
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns), "written again"


def test_a_registry_that_lacks_one_image_is_asked_for_the_others(tree: Tree) -> None:
    lacking = {"pull": "echo 'manifest unknown' >&2; exit 1"}
    got = tree.run("prepare", docker=NEW | OWN_BASES | lacking)
    assert (got.returncode, len(tree.commands("pull"))) == (0, 3), got.stderr


@pytest.mark.parametrize("written", ["mine:1", '"mine:1"', "'mine:1'"])
def test_an_image_of_the_user_s_own_is_used_however_it_is_written(tree: Tree, written: str) -> None:
    (tree.root / ".env").write_text(f"PYTHON_IMAGE=former:1\nPYTHON_IMAGE={written}\n")
    got = tree.run("prepare", docker=NEW | {"image inspect mine:1": "true"} | OWN_BASES | SILENT)
    assert got.returncode == 0, got.stderr
    assert "image inspect mine:1" in tree.commands("image inspect")
    assert f"PYTHON_IMAGE={written}" in tree.settings(), "wanted it left as it was"


def test_an_image_of_the_user_s_own_that_cannot_be_had_is_named(tree: Tree) -> None:
    (tree.root / ".env").write_text("NGINX_IMAGE=mine:1\n")
    got = tree.run("prepare", docker=NEW | OWN_BASES | SILENT)
    assert got.returncode == 1
    assert "NGINX_IMAGE=mine:1: not found locally or remotely" in got.stderr


@pytest.mark.parametrize(("cores", "written"), [("1", True), ("2", False)])
def test_an_engine_with_one_core_is_fitted(tree: Tree, cores: str, written: bool) -> None:
    tree.run("prepare", docker=NEW | {"info --format": f"echo {cores}"} | OWN_BASES | SILENT)
    assert ("CONTENDER_CPUS=1" in tree.settings()) is written


def test_a_setting_that_could_not_work_is_refused_before_anything_starts(tree: Tree, subtests: pytest.Subtests) -> None:
    docker = NEW | {"image inspect": "true"}
    refused = {
        "WORKERS": ["0", "33", "abc", "-1", "2.5"],
        "CONTENDER_CPUS": ["0", "0.0", "two", "-1"],
        "CONTENDER_MEMORY": ["8M", "95m", "0", "256", "much"],
        "LAB_PORT": ["0", "http", "65536", "70000", "123456"],
        "LAB_TLS_PORT": ["99999"],
        "OBSERVE": ["grafana", "Prometheus", "prometheus otel", "prometheus,", "otel,otel"],
    }
    for name, values in refused.items():
        for value in values:
            with subtests.test(f"{name}={value}"):
                (tree.root / ".env").write_text(f'{name}="{value}"\n')
                got = tree.run("prepare", docker=docker)
                assert got.returncode == 2, got.stderr
                assert f"{name}={value} is not" in got.stderr
                assert ".env" in got.stderr
                assert not tree.commands("image"), "wanted nothing looked for"
    taken = "WORKERS=32\nCONTENDER_CPUS=0.5\nCONTENDER_MEMORY=96M\nLAB_PORT=65535\nDB_POOL=\n"
    (tree.root / ".env").write_text(taken)
    got = tree.run("prepare", docker=docker)
    assert got.returncode == 0, got.stderr


# --- up -----------------------------------------------------------------------------------------------


def up(tree: Tree, port: int, **docker: str) -> subprocess.CompletedProcess[str]:
    tree.idle("prepare")
    (tree.root / ".env").write_text(f"LAB_PORT={port}\n")
    return tree.run("up", docker={"compose build": "true", "compose up": "true", **docker})


def test_a_port_that_another_program_has_is_said_before_anything_is_built(tree: Tree) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        got = up(tree, port)
        assert got.returncode == 1
        assert f"port {port} on 127.0.0.1 is taken by another program" in got.stderr
        assert "LAB_PORT=" in got.stderr
        assert not tree.commands("compose build")
    with published(200) as address:
        ours = up(tree, int(address.partition(":")[2]), **{"compose port": f"echo {address}"})
        assert ours.returncode == 0, f"wanted the lab's own port taken for its own: {ours.stderr}"


@contextmanager
def published(status: int) -> Iterator[str]:
    """An address that answers /healthz so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: the default writes each request to standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


def test_a_lab_is_up_when_its_published_address_answers(tree: Tree) -> None:
    with published(200) as address:
        got = up(tree, 1, **{"compose port": f"echo {address}", "compose ps": "printf 'nginx\\ngevent\\n'"})
        assert got.returncode == 0, got.stderr
        assert f"http://localhost:{address.partition(':')[2]}/gevent/" in got.stdout
        assert "/nginx/" not in got.stdout, "wanted the contenders alone"
    with published(502) as address:
        for nobody in (address, "127.0.0.1:1"):
            got = up(tree, 1, **{"compose port": f"echo {nobody}"})
            assert (got.returncode, "The lab is up" in got.stdout) == (1, False), got.stdout
            assert f"http://localhost:{nobody.partition(':')[2]}/healthz is unreachable" in got.stderr


# --- test -----------------------------------------------------------------------------------------------


FOLDERS = (
    "tests/contract",
    "tests/e2e",
    "tests/own",
    "tests/profile",
    "tests/lessons",
    "tests/lifecycle",
    "tests/browser",
)  # a suite each, by its first
# What the suite `own` starts beside each other, and tests together.
OWN = [
    "tests tests/own/test_flask.py tests/own/test_slots.py tests/own/test_presets.py",
    "tests tests/own/test_fastapi.py",
    "tests tests/own/test_django.py tests/own/test_image.py",
]
RUN = "compose --progress quiet run --rm"


def side_by_side(service: str) -> str:
    """The service with the options that compose.yaml runs it with: a script's must be the same."""
    options = (each for each in services()[service]["command"] if not each.startswith("tests/"))
    return " ".join([service, *options])


E2E, BROWSER = side_by_side("tests"), side_by_side("browser")


def suites_ran(
    tree: Tree, does: Callable[[str], str], *arguments: str, script: str = "test", memory: int = 8 * 1000**3
) -> subprocess.CompletedProcess[str]:
    """`does`: the shell command that is the run of a suite, by its folder; `memory`: of the engine, bytes."""
    tree.idle("up")
    tree.idle("try")
    tree.idle("ab")
    tree.idle("profile")
    tree.idle("prepare")
    runs = " ".join(f"*' {name}'*) {does(name)} ;;" for name in FOLDERS)
    ran = f'case "$*" in {runs} esac'
    others = {"compose": "true", "inspect": "echo an-image", "info": f"echo {memory}"}
    return tree.run(script, *arguments, docker={RUN: ran, **others})


def suites(tree: Tree) -> list[str]:
    """What each suite that ran was given: the service's name and pytest's arguments; sorted, as two run at a time."""
    ran = [line for line in tree.commands(RUN) if "--collect-only" not in line]
    return sorted(" ".join(line.split()[-arguments(line) :]) for line in ran)


def arguments(line: str) -> int:
    """How many words at the end are the service and what follows it."""
    words = line.split()
    return len(words) - min(words.index(each) for each in ("tests", "browser") if each in words)


def test_suites_that_pass_are_0_and_each_is_run_once(tree: Tree) -> None:
    got = suites_ran(tree, lambda _: "exit 0")
    assert got.returncode == 0, got.stderr
    assert suites(tree) == sorted(
        [
            "tests --numprocesses 2 tests/contract tests/unit",
            f"{E2E} tests/e2e",
            *OWN,
            "browser tests/own/test_page_in_browser.py",
            "tests tests/profile",
            "tests tests/lessons -m not computing",
            "tests tests/lessons -m computing",
            "tests tests/lifecycle",
            f"{BROWSER} tests/browser",
        ]
    )


def test_some_suites_run_in_a_second_lab_which_is_removed(tree: Tree) -> None:
    for code in (0, 1):
        (tree.root / "asked").unlink(missing_ok=True)
        got = suites_ran(tree, lambda _: f"exit {code}")  # noqa: B023
        order = re.findall("^--- ([a-z0-9]+)$", got.stdout, re.MULTILINE)
        assert order == ["browser", "e2e", "lessons", "code", "own", "lifecycle", "profile", "lessons"], got.stdout
        removed = tree.commands("compose --profile * down --remove-orphans --volumes --rmi local")
        assert (len(removed), (tree.root / ".second").exists()) == (1, False), tree.commands("compose")


def test_without_memory_for_two_labs_all_suites_run_in_one(tree: Tree) -> None:
    got = suites_ran(tree, lambda _: "exit 0", memory=4 * 1000**3)
    order = re.findall("^--- ([a-z0-9]+)$", got.stdout, re.MULTILINE)
    assert order == ["code", "own", "lifecycle", "profile", "browser", "e2e", "lessons"], got.stdout


def test_ctrl_c_ends_all_suites(tree: Tree) -> None:
    """The terminal is the container's: pytest gets it, and ends with 2."""
    got = suites_ran(tree, lambda name: f"exit {2 if name == 'tests/browser' else 0}")
    assert (got.returncode, "interrupted by Ctrl-C" in got.stderr, "--- e2e" in got.stdout) == (1, True, False)
    assert not (tree.root / ".second").exists(), "wanted the second lab removed"


def test_suites_that_are_named_run_in_this_lab(tree: Tree) -> None:
    assert suites_ran(tree, lambda _: "exit 0", "--suites=profile,lessons").returncode == 0
    assert suites(tree) == ["tests tests/lessons", "tests tests/profile"]
    got = suites_ran(tree, lambda _: "exit 0", "--suites=profile,lesson")
    assert (got.returncode, "there is no suite 'lesson'" in got.stderr) == (2, True), got.stderr


# What is given, and what runs for it.
SELECTIONS = {
    "tests/e2e/test_mount.py": [f"{E2E} tests/e2e/test_mount.py"],
    "tests/unit": ["tests --numprocesses 2 tests/unit"],
    "tests/own/test_django.py": ["tests tests/own/test_django.py"],
    "tests/lifecycle/test_records.py::test_x tests/e2e -x": [
        f"{E2E} tests/e2e -x",
        "tests tests/lifecycle/test_records.py::test_x -x",
    ],
}


def test_a_path_goes_to_the_suite_that_it_belongs_to_once_and_as_its_user(
    tree: Tree, subtests: pytest.Subtests
) -> None:
    for request, want in SELECTIONS.items():
        with subtests.test(request):
            (tree.root / "asked").unlink(missing_ok=True)
            got = suites_ran(tree, lambda _: "exit 0", *request.split())
            assert (got.returncode, suites(tree)) == (0, sorted(want)), got.stderr
            roots = [line for line in tree.commands(RUN) if "--user 0:0" in line]
            assert all("tests/lifecycle" in line for line in roots), f"wanted root with the engine only, got {roots}"


def test_a_path_of_no_suite_is_a_failure(tree: Tree) -> None:
    got = suites_ran(tree, lambda _: "exit 0", "tests/benchmarks/waits.py")
    assert (got.returncode, "no tests ran" in got.stderr) == (5, True), got.stderr


def test_the_check_tests_a_path_alone_without_a_lab(tree: Tree) -> None:
    tree.idle("lint")
    got = suites_ran(tree, lambda _: "exit 1", "tests/contract/test_x.py", script="check")
    assert (got.returncode, suites(tree)) == (1, ["tests --numprocesses 2 tests/contract/test_x.py"]), got.stderr
    assert not tree.commands("compose up"), "wanted nothing started"


def test_the_dashboard_s_suite_can_be_left_out(tree: Tree) -> None:
    assert suites_ran(tree, lambda _: "exit 0", "--no-browser", "-x").returncode == 0
    assert suites(tree) == sorted(
        [
            "tests --numprocesses 2 tests/contract tests/unit -x",
            f"{E2E} tests/e2e -x",
            *(f"{run} -x" for run in OWN),
            "tests tests/profile -x",
            "tests tests/lessons -x",
            "tests tests/lifecycle -x",
        ]
    )


def test_one_suite_that_fails_is_a_failure_of_all_and_the_others_run(tree: Tree, subtests: pytest.Subtests) -> None:
    for failing in FOLDERS:
        with subtests.test(failing):
            (tree.root / "asked").unlink(missing_ok=True)
            got = suites_ran(tree, lambda name: f"exit {int(name == failing)}")  # noqa: B023
            runs = 10 if failing == "tests/own" else 11  # once Flask's example has passed, it is looked at in a browser
            assert (got.returncode, len(suites(tree))) == (1, runs), got.stderr
            assert "relevant logs" in got.stderr + got.stdout, "wanted those of the lab in which it failed"


def test_what_does_not_start_is_a_failure_and_what_is_beside_it_is_tested(tree: Tree) -> None:
    tree.idle("try")
    tree.idle("ab", "/bin/false")
    got = tree.run("suite", "own", docker={RUN: "exit 0", "compose": "true", "inspect": "echo an-image"})
    assert (got.returncode, suites(tree)) == (1, sorted(["tests tests/own/test_flask.py", *OWN[1:]])), got.stderr


def test_a_name_that_no_test_has_is_a_failure_and_one_that_some_suite_has_is_not(tree: Tree) -> None:
    nothing = suites_ran(tree, lambda _: "exit 5", "-k", "nothing")
    assert nothing.returncode == 5
    assert "no tests ran: nothing matches (-k nothing)" in nothing.stderr
    some = suites_ran(tree, lambda name: "exit 0" if name == "tests/browser" else "exit 5", "-k", "race")
    assert some.returncode == 0, some.stderr


# --- try ------------------------------------------------------------------------------------------------


def test_an_application_that_cannot_be_meant_is_refused_before_anything_is_built(
    tree: Tree, subtests: pytest.Subtests
) -> None:
    tree.idle("up")
    shop = tree.root / "shop"
    shop.mkdir()
    (shop / "pyproject.toml").write_text("")
    (shop / "notes.txt").write_text("")
    (shop / "wsgi.py").write_text("")
    (tree.root / "other.txt").write_text("")
    rows: list[tuple[list[str], int, str]] = [
        ([], 2, "no application."),
        (["shop", "shop"], 2, "only one application: shop, shop."),
        (["shop", "--colour", "red"], 2, "unknown option --colour."),
        (["shop", "--port", "80"], 2, "--port 80 is for --image: a project listens where its server is configured to."),
        (["shop", "--", "serve"], 2, "-- serve is for --image: a project is started by its servers."),
        (["shop", "--image", "web:1"], 2, "either an application or an image: shop, --image web:1."),
        (["--image", "web 1"], 2, "--image web 1 is not the name of an image."),
        (["--image", "web:1", "--port", "65536"], 2, "--port 65536 is not a number from 1 to 65535."),
        (["--image", "web:1", "--apt", "gcc"], 2, "--apt is for a project: of an image nothing is found"),
        (["--image", "web:1", "--look"], 2, "--look is for a project: of an image nothing is found"),
        (["--image", "web:1", "--health", "/up;x"], 2, "--health /up;x: of an image it is a path without a query"),
        (["shop", "--interface", "rsgi"], 2, "--interface rsgi is neither wsgi nor asgi."),
        (["shop", "--env", "novalue"], 2, "--env novalue is not KEY=VALUE."),
        (["shop", "--include", "one\ntwo"], 2, "--include one: multi-line values are not supported."),
        (
            ["shop", "--env-file", "nothing.env"],
            2,
            f"--env-file nothing.env: there is no file {tree.root}/nothing.env.",
        ),
        (["shop", "--join", "a b"], 2, "--join a b is not the name of a Docker network."),
        (["shop", "--tmp-mb", "0"], 2, "--tmp-mb 0 is not a number of MiB"),
        (["shop", "--health", "up"], 2, "--health up: a path starts with /"),
        (["shop", "--patience", "long"], 2, "--patience long is no number of seconds."),
        (["shop", "--apt", "libpq; rm"], 2, "--apt libpq; rm is no name of a Debian package."),
        (["shop", "--requirements"], 2, "--requirements needs a value."),
        (["shop/app.py:app"], 1, f"there is no file {tree.root}/shop/app.py."),
        (["./shop/notes.txt:app"], 1, "is no Python file (.py)."),
        (["no-package:app"], 1, "no-package:app is not a file, folder or package.module:app."),
        (["shop", "--requirements", "nothing.txt"], 1, "no such file: nothing.txt."),
        (["shop", "--requirements", "other.txt"], 1, f"is not in the project's folder, {tree.root}/shop"),
    ]
    for request, code, wanted in rows:
        with subtests.test(" ".join(request)):
            got = tree.run("try", *request, docker={"compose": "true"})
            assert (got.returncode, wanted in got.stderr) == (code, True), got.stderr
            assert len(got.stderr.splitlines()) < 24, f"wanted one screen: {got.stderr}"
            assert not (tree.root / "asked").exists(), f"wanted nothing asked of Docker, got {tree.commands('')}"


def test_what_is_built_from_is_a_copy_without_what_is_never_meant(tree: Tree) -> None:
    tree.idle("prepare")
    shop = tree.root / "shop"
    never = [".git/HEAD", ".venv/x", "env/pyvenv.cfg", "web/node_modules/x.js", "shop/__pycache__/x", ".env.local"]
    for name in (*never, ".env", ".flaskenv", "data/big", "shop/app.py", "pyproject.toml", "venv.py", ".github/x"):
        (shop / name).parent.mkdir(parents=True, exist_ok=True)
        (shop / name).write_text("x")
    (shop / ".dockerignore").write_text("/data/\n*.md\n")
    keep = f"cp -r {tree.root}/.try {tree.root}/copied; env > {tree.root}/build; exit 1"
    got = tree.run(
        "try", "shop", "--include", ".env", docker={"compose --file compose.yaml --progress plain build": keep}
    )
    assert "the image could not be built" in got.stderr, got.stderr
    (copy,) = (tree.root / "copied").glob("shop-*/application")
    copied = sorted(str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file())
    assert copied == [".dockerignore", ".env", ".flaskenv", ".github/x", "pyproject.toml", "shop/app.py", "venv.py"]
    assert "entries=.env.local" in tree.read("build"), "wanted the names on the host passed on"
    assert not list((tree.root / ".try").glob("*")), "wanted nothing left of a try that failed"


def test_a_project_that_is_too_large_is_refused_with_what_makes_it_so(tree: Tree) -> None:
    tree.idle("prepare")
    shop = tree.root / "shop"
    for name, megabytes in ((".venv/lib", 400), ("data/film", 290), ("model", 20), ("app.py", 0)):
        (shop / name).parent.mkdir(parents=True, exist_ok=True)
        with (shop / name).open("wb") as file:
            file.truncate(megabytes * 1024 * 1024)
    (shop / "requirements.txt").write_text("")
    du = """du() { [ "$2" = data ] && echo "296960 $2" || echo "20480 $2"; }; export -f du"""
    (tree.root / "run").write_text(f"{du}\nbash {tree.root}/scripts/try shop")  # the files hold nothing but holes
    got = tree.run(str(tree.root / "run"), docker={"compose": "true"})
    assert got.returncode == 1, got.stderr
    assert "more than 300 MiB" in got.stderr
    lines = [line.split() for line in got.stderr.splitlines() if line.startswith("       ")]
    assert lines[0] == ["290", "data"], got.stderr
    assert ".venv" not in got.stderr


# --- roll -----------------------------------------------------------------------------------------------


def test_a_roll_starts_as_many_beside_the_old_ones_before_it_stops_those(tree: Tree) -> None:
    tree.idle("prepare")
    docker = {"compose ps": "printf 'one\\ntwo\\n'", "compose": "true", "stop": "true", "rm": "true"}
    got = tree.run("roll", "gevent", docker=docker)
    assert got.returncode == 0, got.stderr
    steps = [line for line in tree.commands("") if line.split()[0] in ("stop", "rm") or " up " in line]
    started = "compose up --detach --wait --no-deps --no-recreate --scale gevent=4 gevent"
    assert steps == [started, "stop one two", "rm one two"]


def test_a_roll_of_what_cannot_be_rolled_changes_nothing(tree: Tree) -> None:
    tree.idle("prepare")
    for request in ((), ("nginx",), ("gevent", "postgres")):
        got = tree.run("roll", *request, docker={"compose": "true"})
        assert got.returncode == 2, got.stderr
        assert "sync gevent eventlet uvicorn starlette gthread" in got.stderr
    unhealthy = {"compose ps": "echo one", "compose up": "exit 1", "compose": "true"}
    assert tree.run("roll", "gevent", docker=unhealthy).returncode == 1
    assert not tree.commands("stop"), "wanted the old one left alone where the new one is not healthy"


# --- lock images ----------------------------------------------------------------------------------------


def pinned(tree: Tree) -> list[str]:
    return sorted(set(re.findall(r"_IMAGE:-([^}]+)\}", (tree.root / "compose.yaml").read_text())))


def test_base_images_are_moved_to_the_digests_that_a_registry_tells(tree: Tree) -> None:
    digest = f"sha256:{'0123456789abcdef' * 4}"
    before = pinned(tree)
    got = tree.run("lock", "images", docker={"buildx imagetools inspect": f"echo {digest}"})
    assert got.returncode == 0, got.stderr
    assert pinned(tree) == [f"{image}@{digest}" for image in before]
    assert (tree.root / "services/Dockerfile").read_text().count(digest) == 2
    again = tree.run("lock", "images", docker={"buildx imagetools inspect": f"echo {digest[:-1]}0"})
    assert again.returncode == 0, again.stderr
    assert pinned(tree) == [f"{image}@{digest[:-1]}0" for image in before]


def test_without_a_registry_no_image_is_moved(tree: Tree) -> None:
    before = pinned(tree)
    got = tree.run("lock", "images", docker={"buildx imagetools inspect": "exit 1"})
    assert got.returncode == 1
    assert "cannot resolve the digest of" in got.stderr
    assert pinned(tree) == before


# --- isolation ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "want"), [("26.1.5", []), ("28.0.0", ["GATEWAY_MODE=isolated"])])
def test_networks_are_isolated_from_the_host_where_the_engine_can(tree: Tree, version: str, want: list[str]) -> None:
    engine = {"version --format {{.Server.Version}}": f"echo {version}"}
    got = tree.run("prepare", docker=engine | NEW | OWN_BASES | SILENT)
    assert got.returncode == 0, got.stderr
    assert [line for line in tree.settings() if line.startswith("GATEWAY_MODE")] == want


# --- swarm --------------------------------------------------------------------------------------------


def test_a_swarm_that_cannot_run_the_lab_is_said_before_anything_is_deployed(
    tree: Tree, subtests: pytest.Subtests
) -> None:
    """The last row has nothing left to complain of but an image."""
    manager = {"info --format": "echo true"}
    one = manager | {"node ls --quiet --filter node.label=lab.data=true": "echo one"}
    labelled = "node ls --quiet --filter node.label=lab.role="
    none = one | {f"{labelled}load": "true", f"{labelled}serve": "true", "node ls": "echo one"}
    rows: list[tuple[dict[str, str], str]] = [
        ({"info --format": "echo false"}, "this engine is not the manager of a swarm"),
        (manager | {"node ls": "true"}, "0 nodes are labelled lab.data=true"),
        (manager | {"node ls": "echo one; echo two"}, "2 nodes are labelled lab.data=true"),
        (none | {f"{labelled}load": "echo one"}, "no node may serve requests: all are labelled lab.role=load"),
        (none | {f"{labelled}serve": "echo one"}, "no node may measure: all are labelled lab.role=serve"),
        (none | {"compose ps": "echo running"}, "the lab runs here without a swarm"),
        (
            none | {"compose ps": "true", "compose --file compose.yaml config --services": "echo sync"},
            "no image for sync",
        ),
    ]
    for docker, output in rows:
        with subtests.test(output=output):
            got = tree.run("swarm", "deploy", docker=docker)
            assert (got.returncode, output in got.stderr) == (1, True), got.stderr
            assert not tree.commands("stack deploy")


def test_a_swarm_that_went_back_to_what_ran_before_is_no_success(tree: Tree) -> None:
    one = {
        "stack services --format": "echo serverlab_sync 2/2",
        "service ls": "echo id",
        "stack": "true",
        "node": "true",
    }
    for state, code in (("completed", 0), ("rollback_completed", 1), ("paused", 1)):
        docker = one | {"service inspect": f"echo serverlab_sync {state}", "service ps": "true"}
        got = tree.run("swarm", "status", docker=docker)
        assert got.returncode == code, f"{state}: {got.stderr}"
        assert ("serverlab_sync" in got.stderr) == bool(code), f"{state}: {got.stderr}"
