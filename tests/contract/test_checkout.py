"""What scripts/checkout.sh decides for every script: which checkout, whose lab, which settings; and --help."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.contract import project
from tests.contract.stand_in import Tree

SCRIPTS = [script.removeprefix("scripts/") for script in project.scripts()]
# Those that pass unknown options on, and to what; as their help says, too.
PASSES_ON = {
    "up": "`docker compose up`",
    "down": "`docker compose down`",
    "with-engine": "`docker compose run`",
    "test": "pytest",
    "check": "pytest",
    "suite": "pytest",
    "lock": "`uv pip compile`",
    "drills": "scripts/drills --list",
    "bench": "scripts/bench race --help",
    "profile": "scripts/bench profile --help",
}


def test_help_is_the_head_comment_and_needs_no_docker(tree: Tree, subtests: pytest.Subtests) -> None:
    for script in SCRIPTS:
        head = project.text(f"scripts/{script}").partition("\nset -euo pipefail")[0].splitlines()[1:]
        want = [line.removeprefix("#").removeprefix(" ") for line in head]
        for option in ("-h", "--help"):
            with subtests.test(f"{script} {option}"):
                got = tree.run(script, option, docker={"": "true"})
                assert (got.returncode, got.stdout.splitlines()) == (0, want), got.stderr
                assert not tree.commands(""), "wanted nothing done"
                assert PASSES_ON.get(script, "") in got.stdout, "wanted the help to say where its options go"


def test_an_unknown_option_is_refused_with_the_usage(tree: Tree, subtests: pytest.Subtests) -> None:
    for script in SCRIPTS:
        if script in PASSES_ON:
            continue
        options = ["deploy"] if script == "swarm" else []
        with subtests.test(script):
            got = tree.run(script, *options, "--no-such-option", docker={"": "true"})
            assert (got.returncode, "--no-such-option" in got.stderr) == (2, True), got.stderr
            assert project.text(f"scripts/{script}").splitlines()[1].removeprefix("# ") in got.stderr
            assert not tree.commands(""), "wanted nothing done"


def test_a_script_works_on_its_own_checkout_whatever_the_environment_holds(
    tree: Tree, tmp_path_factory: pytest.TempPathFactory, subtests: pytest.Subtests
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "scripts").mkdir()
    (elsewhere / "compose.yaml").touch()
    (elsewhere / "link").symlink_to(tree.root / "scripts/down")
    (elsewhere / "folder").symlink_to(tree.root)
    rows: list[tuple[str, Path, str, dict[str, str]]] = [
        ("CDPATH", tree.root, "scripts/down", {"CDPATH": str(elsewhere)}),
        ("from elsewhere", elsewhere, str(tree.root / "scripts/down"), {}),
        ("a link to a script", elsewhere, "./link", {}),
        ("a link to the folder", elsewhere, "folder/scripts/down", {}),
        ("COMPOSE_FILE", tree.root, "scripts/down", {"COMPOSE_FILE": f"{elsewhere}/compose.yaml"}),
        ("COMPOSE_ENV_FILES", tree.root, "scripts/down", {"COMPOSE_ENV_FILES": f"{elsewhere}/.env"}),
        ("whatever comes next", tree.root, "scripts/down", {"COMPOSE_PROJECT_DIRECTORY": str(elsewhere)}),
        ("BASH_ENV", tree.root, "scripts/down", {"BASH_ENV": "/dev/null", "ENV": "/dev/null"}),
    ]
    chosen = {"COMPOSE_PROFILES": "more", "DOCKER_HOST": "ssh://there", "DOCKER_CONTEXT": "there", "WORKERS": "3"}
    for name, cwd, script, environment in rows:
        with subtests.test(name):
            got = tree.run(script, "-v", cwd=cwd, environment=environment | chosen, docker={"compose": "true"})
            assert got.returncode == 0, got.stderr
            assert "compose --profile * down --remove-orphans -v" in tree.commands("compose")
            seen = dict(re.findall('^declare -x (.+?)="(.*)"$', tree.read("environment"), re.MULTILINE))
            assert seen["PWD"] == str(tree.root.resolve())
            assert not environment.keys() & seen.keys(), "wanted dropped"
            assert chosen.items() <= seen.items(), "wanted left to the caller"


# What changes the lab, each with arguments that are right.
CHANGES: dict[str, list[str]] = {
    "up": [],
    "down": ["-v"],
    "roll": ["gevent"],
    "with-engine": ["drills"],
    "bench": ["list"],
    "try": ["--stop"],
}


def test_the_lab_of_another_checkout_is_left_alone(tree: Tree, subtests: pytest.Subtests) -> None:
    tree.idle("prepare")
    containers = {"ps --all --filter": "echo /elsewhere"}
    data = {"volume ls --quiet": "echo serverlab_records", "volume ls": "echo /elsewhere"}
    for script, arguments in CHANGES.items():
        for what, docker in (("containers", containers), ("data alone", data)):
            with subtests.test(f"{script}: {what}"):
                (tree.root / "asked").unlink(missing_ok=True)
                got = tree.run(script, *arguments, docker=docker | {"": "true"})
                assert got.returncode == 1, got.stderr
                assert "the lab serverlab belongs to another checkout, /elsewhere" in got.stderr
                looks = ("compose --file -", "ps", "volume ls")
                changed = [each for each in tree.commands("") if not each.startswith(looks)]
                assert not changed, f"wanted nothing changed, got {changed}"
    got = tree.run("down", "--other-checkout", docker=containers | {"": "true"})
    assert (got.returncode, tree.commands("compose --profile")) == (0, ["compose --profile * down --remove-orphans"])
    assert tree.commands("volume rm"), "wanted its data left to the next lab"


def test_a_lab_of_this_checkout_is_its_own_by_any_name(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("elsewhere") / "link"
    link.symlink_to(tree.root)
    got = tree.run("down", docker={"ps --all --filter": f"echo {link}", "compose": "true"})
    assert got.returncode == 0, got.stderr


def test_a_setting_is_read_whatever_stands_in_it(tree: Tree, subtests: pytest.Subtests) -> None:
    for value in ("/run/docker.sock", "a b", "x&y<z>", 'say "x"!', "$HOME", "#1", "back\\slash", ""):
        with subtests.test(value):
            (tree.root / ".env").write_text(f"DOCKER_SOCKET='{value}'\n")
            (tree.root / "asked").unlink(missing_ok=True)
            tree.run("with-engine", "drills", docker={"compose": "true"})
            (run,) = tree.commands("compose --progress")
            assert f"--volume {value or '/var/run/docker.sock'}:/var/run/docker.sock" in run


def test_settings_are_read_in_one_place(subtests: pytest.Subtests) -> None:
    for script in project.scripts():
        with subtests.test(script):
            code = [line for line in project.text(script).splitlines() if not line.lstrip().startswith("#")]
            reads = [line for line in code if "<.env" in line or ("sed" in line and line.endswith(".env"))]
            assert not reads, f"{script}: reads .env itself; scripts/checkout.sh has `setting` and `chosen`"


def test_an_address_is_one_that_a_browser_takes(tree: Tree, subtests: pytest.Subtests) -> None:
    rows = {
        "127.0.0.1": "http://localhost:80 127.0.0.1",
        "0.0.0.0": "http://localhost:80 127.0.0.1",
        "192.0.2.1": "http://192.0.2.1:80 192.0.2.1",
        "::1": "http://[::1]:80 ::1",
        "[::1]": "http://[::1]:80 ::1",
        "::": "http://[::1]:80 ::1",
        "[::]": "http://[::1]:80 ::1",
    }
    source = '. scripts/checkout.sh; for each in $LISTED; do echo "$(url "$each" 80) $(reachable "$each")"; done'
    got = subprocess.run(
        ["bash", "-c", source, "scripts/up"],
        check=True,
        cwd=tree.root,
        env={"PATH": "/usr/bin:/bin", "LISTED": " ".join(rows)},
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for (address, want), line in zip(rows.items(), got, strict=True):
        with subtests.test(address):
            assert line == want
