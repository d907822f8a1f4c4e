"""The contenders of services/catalog.json, by name: those that a run can load, and those that start by themselves."""

import json
from collections.abc import Iterable
from pathlib import Path

_FILE = Path(__file__).parents[1] / "catalog.json"

CATALOGUE: dict[str, dict[str, str]] = {row["name"]: row for row in json.loads(_FILE.read_text("utf-8"))}
CONTENDERS: tuple[str, ...] = tuple(CATALOGUE)
DEFAULTS: tuple[str, ...] = tuple(name for name, row in CATALOGUE.items() if "profile" not in row)
OWN: tuple[str, ...] = tuple(name for name in CATALOGUE if name.startswith("own-"))

# The one of them that is not wrapped: any web server in an image of the user's. What it uses is read beside it.
IMAGE = "own-image"
IMAGE_USAGE = "own-image-usage"
SLOTS: tuple[str, ...] = tuple(name for name, row in CATALOGUE.items() if row.get("profile") == "ab")

# The lab's endpoints beside an application of the user's own, which contenders have at their root: below a path that no
# application has a use of its own for (RFC 8615). The lab's answer there, too, so that a slot may be either.
LAB_PREFIX = "/.well-known/serverlab"


def in_order(names: Iterable[str]) -> list[str]:
    """As the catalogue has them; those that it has lost come last."""
    return sorted(names, key=lambda name: CONTENDERS.index(name) if name in CONTENDERS else len(CONTENDERS))


def command(name: str) -> str:
    """What starts this container, if it is of a contender's profile, or shows why it is down."""
    profile = CATALOGUE.get(name, {}).get("profile")
    if name == IMAGE:
        return "scripts/try --image NAME"
    if profile == "own":
        return "scripts/try path/to/app.py:app"
    if profile == "ab":
        return "scripts/ab BASE --b KEY=VALUE"
    return f"COMPOSE_PROFILES={profile} scripts/up" if profile else f"docker compose ps --all {name}"


def mount(name: str) -> str:
    """What its server expects of the mount prefix in a path: all, but uvicorn, which adds its --root-path itself, and a
    server in an image, which knows of none. A slot expects it, whatever its server is."""
    return "" if CATALOGUE[name].get("server") == "uvicorn" or name == IMAGE else f"/{name}"


def lab_prefix(name: str) -> str:
    """The path below its mount at which it answers /healthz, /whoami, /usage and /internal/...: of most, none."""
    return LAB_PREFIX if name in OWN + SLOTS else ""


def control_path(name: str, what: str) -> str:
    """The path of one of the lab's own endpoints, requested directly: `usage`, `internal/workers`."""
    return f"{mount(name)}{lab_prefix(name)}/{what}"
