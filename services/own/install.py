"""Installs, while the image is built: `dependencies` before the project's code is there, `project` after.

uv does it, on top of the servers: versions that the project pins win. A failure ends with its reason and a remedy.
"""

import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from own import ProjectError
from own.find.__main__ import report
from own.find.version import VARIABLES
from own.remedies import of_installation

UV = "/uv/bin/uv"
TOOLS = Path("/tools")  # the locks of those that read poetry's and pipenv's
DEPENDENCIES, PROJECT, APP = Path("/install/dependencies"), Path("/install/project"), Path("/app")
NOTES = Path("/lab/notes")  # for the look, which prints them also when the installation is cached
SECRETS = Path("/run/secrets")
PYTHON = sys.executable
SECONDS = 5  # between two signs of life


def main(step: str) -> int:
    try:
        {"dependencies": dependencies, "project": project}[step]()
    except ProjectError as error:
        report(str(error))
        return 1
    return 0


def dependencies() -> None:
    options = _options(DEPENDENCIES)
    if options["kind"] == "nothing":
        return
    report(f"installing from {options['file']}")
    _note_python(DEPENDENCIES / "pyproject.toml")
    INSTALLERS[options["kind"]](options)
    _note_conflicts()


def _requirements(options: dict[str, Any]) -> None:
    _uv("pip", "install", "-r", options["file"], *_selection(options), cwd=DEPENDENCIES)


def _uv_lock(options: dict[str, Any]) -> None:
    selected = [part for key in ("extras", "groups") for name in options[key] for part in (f"--{key[:-1]}", name)]
    folder = (DEPENDENCIES / options["file"]).parent
    _uv(
        "export",
        "--frozen",
        "--no-dev",
        "--no-emit-workspace",
        "--quiet",
        "-o",
        "/tmp/locked.txt",
        *selected,
        cwd=folder,
    )
    _uv("pip", "install", "--no-deps", "-r", "/tmp/locked.txt", cwd=folder)


def _poetry(options: dict[str, Any]) -> None:
    tool = _exporter("poetry")
    selected = [
        part
        for key, option in (("extras", "--extras"), ("groups", "--with"))
        for name in options[key]
        for part in (option, name)
    ]
    folder = (DEPENDENCIES / options["file"]).parent
    _run([f"{tool}/poetry", "export", "--output", "/tmp/locked.txt", *selected], cwd=folder)
    _uv("pip", "install", "--no-deps", "-r", "/tmp/locked.txt", cwd=folder)


def _pipenv(options: dict[str, Any]) -> None:
    tool = _exporter("pipenv")
    folder = (DEPENDENCIES / options["file"]).parent
    selected = [part for name in options["groups"] for part in ("--categories", name)]
    locked = _run([f"{tool}/pipenv", "requirements", "--hash", *selected], cwd=folder, PIPENV_IGNORE_VIRTUALENVS="1")
    Path("/tmp/locked.txt").write_text(locked)
    _uv("pip", "install", "--no-deps", "-r", "/tmp/locked.txt", cwd=folder)


INSTALLERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "requirements": _requirements,
    "uv": _uv_lock,
    "poetry": _poetry,
    "pipenv": _pipenv,
}


def _exporter(name: str) -> str:
    """The tool that wrote the lock, in a place of its own."""
    report(f"installing {name}, which reads its lock")
    _uv("venv", "--quiet", f"/tmp/{name}", cwd=TOOLS)
    target = ["--python", f"/tmp/{name}", "--no-compile-bytecode"]  # it runs once
    _uv("pip", "install", "--quiet", *target, "--require-hashes", "-r", f"{name}.txt", cwd=TOOLS)
    return f"/tmp/{name}/bin"


def _selection(options: dict[str, Any]) -> list[str]:
    extras = [part for name in options["extras"] for part in ("--extra", name)]
    return extras + [part for name in options["groups"] for part in ("--group", f"pyproject.toml:{name}")]


# --- the project itself -----------------------------------------------------------------------------------


def project() -> None:
    options = _options(PROJECT)
    version = dict.fromkeys(VARIABLES, options["version"])
    for local in options["local"]:
        if local.partition("[")[0] != ".":
            report(f"installing {local}")
            _editable(f"./{local}", [], {})
    if options["project"] == "with requirements":
        report(f"installing the project, and what its {options['file']} requires")
        _note_python(APP / "pyproject.toml")
        extras = ",".join(options["extras"])
        itself = next(
            (each for each in options["local"] if each.partition("[")[0] == "."), f".[{extras}]" if extras else "."
        )
        _editable(itself, _selection(options | {"extras": []}), version)
        _note_conflicts()
    elif options["project"] == "alone":
        _alone(version)


def _alone(version: dict[str, str]) -> None:
    """Its requirements are there, and its code is imported from its folder: what is missing is its metadata."""
    try:
        _editable(".", ["--no-deps"], version)
    except ProjectError as error:
        _note(f"the project is imported from its folder, and not installed: {str(error).splitlines()[0]}")


def _editable(what: str, options: list[str], version: dict[str, str]) -> None:
    """In place, as `pip install -e`: a generated _version.py and the metadata are of the folder that is imported."""
    _uv("pip", "install", *options, "--editable", what, cwd=APP, **version)


# --- running uv -------------------------------------------------------------------------------------------


def _uv(*arguments: str, cwd: Path, **variables: str) -> None:
    # Compiled once here, as pip does: a server writes no byte code, and each of its processes would compile it anew.
    constant = {"VIRTUAL_ENV": str(Path(PYTHON).parents[1]), "UV_LINK_MODE": "copy", "UV_COMPILE_BYTECODE": "1"}
    _run([UV, *arguments], cwd=cwd, **constant, **variables)


def _run(command: list[str], cwd: Path, **variables: str) -> str:
    """What it prints. Raises ProjectError, with its reason."""
    began = time.monotonic()
    environment = os.environ | _indexes() | variables
    with subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while True:
            try:
                printed, errors = process.communicate(timeout=SECONDS)
                break
            except subprocess.TimeoutExpired:
                report(f"  still installing, {time.monotonic() - began:.0f} s")
    if process.returncode:
        sys.stderr.write(errors)
        raise ProjectError(of_installation(errors or printed))
    return printed


def _indexes() -> dict[str, str]:
    """Private indexes and their credentials, which are here for this step alone."""
    variables = {"NETRC": str(SECRETS / "netrc")} if (SECRETS / "netrc").is_file() else {}
    path = SECRETS / "indexes"
    lines = path.read_text().splitlines() if path.is_file() else []
    return variables | {name: value for name, _, value in (line.partition("=") for line in lines) if name and value}


def _options(folder: Path) -> dict[str, Any]:
    options: dict[str, Any] = json.loads((folder / "install.json").read_text())
    return options


# --- what is worth a line, and no failure -----------------------------------------------------------------


def _note(text: str) -> None:
    with NOTES.open("a") as notes:
        notes.write(f"{text}\n")


def _note_python(pyproject: Path) -> None:
    if not pyproject.is_file():
        return
    wanted = tomllib.loads(pyproject.read_text("utf-8")).get("project", {}).get("requires-python", "")
    running = ".".join(map(str, sys.version_info[:3]))
    try:
        fits = SpecifierSet(wanted).contains(running)
    except InvalidSpecifier:
        return
    if not fits:
        _note(f"requires-python is {wanted}, and the lab's Python {running}: it is installed in spite of that")


def _note_conflicts() -> None:
    environment = os.environ | {"VIRTUAL_ENV": str(Path(PYTHON).parents[1])}
    checked = subprocess.run([UV, "pip", "check"], env=environment, check=False, capture_output=True, text=True)
    for line in checked.stderr.splitlines() if checked.returncode else ():
        if line.startswith("The package"):
            _note(f"package conflict: {line.replace('`', '')}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
