"""The projects of projects.toml: written to a folder, for the unit tests and for `scripts/suite own --all`."""

import os
import re
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from own.description import SERVERS

_WSGI = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [NAME.encode()]
"""
_ASGI = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": NAME.encode()})
"""


@dataclass(frozen=True, slots=True)
class Project:
    name: str
    command: str
    files: dict[str, str]
    links: dict[str, str] = field(default_factory=dict)
    folder: str = "."  # in which the command is typed
    finds: tuple[str, ...] = ()
    installs: str | None = None
    servers: tuple[str, ...] = ()
    get: str = ""
    body: str = ""
    status: int = 200
    notes: tuple[str, ...] = ()
    sentence: str = ""
    stage: str = "find"  # at which the sentence comes

    def write(self, to: Path) -> None:
        for name, text in self.files.items():
            path = to / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("{WSGI}", _WSGI).replace("{ASGI}", _ASGI).lstrip("\n"))
        for name, leads_to in self.links.items():
            (to / name).symlink_to(leads_to)


def _servers(value: str | list[str]) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(value)
    names = {"both": (*SERVERS["wsgi"], *SERVERS["asgi"]), "": ()}.get(value) or SERVERS.get(value, ())
    return tuple(dict.fromkeys(names))


def _project(row: dict[str, Any]) -> Project:
    renamed: dict[str, Any] = {
        "command": row.pop("try"),
        "folder": row.pop("from", "."),
        "servers": _servers(row.pop("servers", "")),
    }
    rest: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Project(**renamed, **rest)


PROJECTS = [_project(row) for row in tomllib.loads(Path(__file__).with_suffix(".toml").read_text())["project"]]


# --- for real: scripts/suite own --all ------------------------------------------------------------------------------


def pack() -> None:
    """To standard output: of each project its folder, and what the shell needs to know of it."""
    with tempfile.TemporaryDirectory() as folder:
        for number, project in enumerate(PROJECTS):
            place = Path(folder) / f"{number:02}"
            (place / "project").mkdir(parents=True)
            project.write(place / "project")
            for name in ("name", "command", "folder", "get", "status"):
                (place / name).write_text(f"{getattr(project, name)}\n")
        with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
            archive.add(folder, ".")


def _unindented(text: str) -> str:
    return re.sub(r"^ +", "", text, flags=re.MULTILINE)


def check(number: int, folder: str, code: int, output: str) -> list[str]:
    """What is not as the project has it: of the output of scripts/try, and of its servers' responses."""
    project = PROJECTS[number]
    sentence = project.sentence.replace("{FOLDER}", folder)
    if sentence:
        return (
            []
            if code == 1 and _unindented(sentence) in _unindented(output)
            else [f"exit code {code}, and no sentence {sentence!r}"]
        )
    wrong = [f"exit code {code}"] if code else []
    wrong += [f"no note {note!r}" for note in project.notes if note not in output]
    up = tuple(re.findall(r"^  http://\S+?/(own-[a-z-]+)/\S*$", output, re.MULTILINE))
    if up != project.servers:
        return [*wrong, f"servers {up} instead of {project.servers}"]
    for name in up:
        response = requests.get(f"{os.environ['LAB_URL']}/{name}{project.get}", timeout=10)
        if response.status_code != project.status or project.body not in response.text:
            wrong.append(f"{name} responds to {project.get} with {response.status_code} {response.text[:200]!r}")
    return wrong


if __name__ == "__main__":
    if len(sys.argv) == 1:
        pack()
    else:
        sys.exit("\n".join(check(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.stdin.read())) or None)
