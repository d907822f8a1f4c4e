"""The projects of projects.toml: written to a folder, for the unit tests and for `scripts/suite own --all`."""

import json
import os
import re
import shlex
import sys
import tarfile
import tempfile
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from contender.hosts import host_name
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
    at_root: bool = False  # it works at its host name alone
    shows: str = ""  # in a browser, there
    takes_ms: int = 0
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
            request = [
                "--path",
                project.get,
                "--expect",
                str(project.status),
                *(["--at-root"] if project.at_root else []),
            ]
            (place / "request").write_text(shlex.join(request))
            for name in ("name", "command", "folder", "shows"):
                (place / name).write_text(getattr(project, name))
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
    printed = re.sub(r"(localhost):\d+", r"\1:PORT", output)
    wrong = [f"exit code {code}"] if code else []
    wrong += [f"no note {note!r}" for note in project.notes if note not in printed]
    up = re.findall(r"^  http://\S+?/(own-[a-z-]+)/\S*$", output, re.MULTILINE)  # as they became healthy
    if sorted(up) != sorted(project.servers):
        return [*wrong, f"servers {up} instead of {project.servers}"]
    return [*wrong, *responses(number)]


def responses(number: int) -> list[str]:
    """What is not as the project has it, of what runs."""
    project, wrong = PROJECTS[number], []
    for name in project.servers:
        prefix, host = ("", host_name(name)) if project.at_root else (f"/{name}", "localhost")
        url = f"{os.environ['LAB_URL']}{prefix}{project.get}"
        began = time.monotonic()
        response = requests.get(url, headers={"Host": host}, timeout=10)
        took_ms = (time.monotonic() - began) * 1000
        if response.status_code != project.status or project.body not in response.text:
            wrong.append(f"{name} responds to {project.get} with {response.status_code} {response.text[:200]!r}")
        if took_ms < project.takes_ms:
            wrong.append(f"{name} responds in {took_ms:.0f} ms, not to the last byte")
    return wrong


def measured(number: int, output: str) -> list[str]:
    """What is not as the project has it, of a run of it, in JSON: every server was measured, and nothing failed."""
    project, rows = PROJECTS[number], json.loads(output)["results"]
    wrong = [f"{name} was not measured" for name in project.servers if name not in {row["contender"] for row in rows}]
    for row in rows:
        if "error" in row:  # of a race, whose rows are requests
            failed, took_ms = row["error"], (row["received"] - row["sent"]) * 1000 if row["received"] else 0
        else:
            failed, took_ms = row["errors"] + row["timeouts"], row["p50_ms"] or 0
        if failed or took_ms < project.takes_ms:
            wrong.append(f"{row['contender']}: errors: {failed}; {took_ms:.0f} ms")
    return wrong


def main(step: str, number: str, *arguments: str) -> list[str]:
    match step:
        case "check":
            return check(int(number), arguments[0], int(arguments[1]), sys.stdin.read())
        case "responses":
            return responses(int(number))
        case "measured":
            return measured(int(number), sys.stdin.read())
    return [f"there is no step {step}"]


if __name__ == "__main__":
    if len(sys.argv) == 1:
        pack()
    else:
        sys.exit("\n".join(main(*sys.argv[1:])) or None)
