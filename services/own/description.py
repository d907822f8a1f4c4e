"""What is known of a project: the request of scripts/try, and what was found, each as JSON between the steps.

find (in the build, before anything is installed) writes a Description; look (in the image) makes of it Found, which
names each server's target; start reads that in each container.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any, Self

SERVERS: dict[str, tuple[str, ...]] = {
    "wsgi": ("own-sync", "own-gthread", "own-gevent", "own-granian"),
    "asgi": ("own-uvicorn", "own-gunicorn-asgi", "own-granian"),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What scripts/try passes: the folder on the host, and the user's options."""

    folder: str = "."  # as the user knows it; in the image it is /app
    path: str = "."  # in the folder: what was named, a file or a folder
    name: str = ""  # behind its colon, or a module: `app`, `create_app()`, `shop.wsgi`, `shop.wsgi:application`
    requirements: str = ""  # in the folder
    interface: str = ""
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()  # of the folder on the host, before anything was left out
    describe: str = ""  # what `git describe` prints
    flask_app: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of lines KEY=VALUE; a tuple's values have a line each."""
        values: dict[str, Any] = {}
        for key, _, value in (line.partition("=") for line in text.splitlines() if line):
            values[key] = (*values.get(key, ()), value) if key in ("extras", "groups", "entries") else value
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Target:
    """A callable, and how its module is imported: from `base`, a folder of the project."""

    module: str
    name: str = ""  # an expression: `app`, `app.server`, `create_app()`; empty where the module has to be searched
    base: str = "."
    framework: str = ""
    interface: str = ""  # wsgi, asgi, or empty while it is unknown

    def __str__(self) -> str:
        return f"{self.module}:{self.name}" if self.name else self.module


@dataclass(frozen=True, slots=True)
class Source:
    """What the requirements are installed from."""

    kind: str  # a key of own.install.INSTALLERS
    file: str = ""
    files: tuple[str, ...] = ()  # all that it needs, so that a change of other files leaves the installation cached
    local: tuple[str, ...] = ()  # its requirements that are folders of the project, with their extras
    project: str = ""  # how the project itself is installed: `alone`, `with requirements`, or not at all
    unused: tuple[str, ...] = ()  # sentences


@dataclass(frozen=True, slots=True)
class Description:
    """What is found without running anything of the project."""

    folder: str
    targets: tuple[Target, ...]
    source: Source
    variables: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        raw = json.loads(text)
        source: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in raw["source"].items()
        }
        targets = tuple(Target(**each) for each in raw["targets"])
        return cls(raw["folder"], targets, Source(**source), raw["variables"], tuple(raw["notes"]))


@dataclass(frozen=True, slots=True)
class Found:
    """What each server runs; passed to their containers in OWN_FOUND."""

    servers: dict[str, Target]
    variables: dict[str, str] = field(default_factory=dict)  # of the application, before those of --env

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        raw = json.loads(text)
        return cls({name: Target(**each) for name, each in raw["servers"].items()}, raw["variables"])

    def target(self) -> Target:
        """Of the server in this container; of a slot, that of its base."""
        slot = os.environ.get("SLOT")
        return self.servers[json.loads(slot)["base"] if slot else os.environ["SERVICE"]]
