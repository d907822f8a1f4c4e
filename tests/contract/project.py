"""The project's files as the contract tests read them: catalogue, compose file, locks, settings."""

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contender.catalogue import IMAGE

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "services/requirements"

Contender = dict[str, str]  # a row of the catalogue
Spec = dict[str, Any]  # a service of compose.yaml, merge keys resolved

_UNITS = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0}
# Not the project's: what git or a tool keeps beside it, and the settings of one machine.
_FOREIGN = re.compile(r"\.git|\.env|\.venv|\.try|\.second|compose\.override\.yaml|__pycache__|\..*_cache")
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^\s;#\\]+)", re.MULTILINE)


def text(path: str) -> str:
    assert (ROOT / path).is_file(), f"{path} is missing"
    return (ROOT / path).read_text(encoding="utf-8")


def files(suffix: str = "") -> Iterator[str]:
    """Every file of the project whose name ends with `suffix`, relative to its root."""
    for folder, folders, names in ROOT.walk():
        folders[:] = sorted(each for each in folders if not _FOREIGN.fullmatch(each))
        own = (each for each in sorted(names) if each.endswith(suffix) and not _FOREIGN.fullmatch(each))
        yield from (str((folder / each).relative_to(ROOT)) for each in own)


def catalogue() -> list[Contender]:
    """The lab's own contenders."""
    return [row for row in rows() if row.get("profile") not in ("own", "ab")]


def own() -> list[Contender]:
    """The servers of an application of the user's own."""
    return [row for row in rows() if row.get("profile") == "own"]


def servers() -> list[Contender]:
    """All but the slots, which are what scripts/ab makes of them."""
    return catalogue() + own()


def slots() -> list[Contender]:
    """The two of an A/B comparison."""
    return [row for row in rows() if row.get("profile") == "ab"]


def rows() -> list[Contender]:
    """All whose server is of the lab's images."""
    return [row for row in every() if row["name"] != IMAGE]


def every() -> list[Contender]:
    """And the one that is an image of the user's."""
    found: list[Contender] = json.loads(text("services/catalog.json"))
    return found


@cache  # a third of a second of YAML
def services() -> dict[str, Spec]:
    found: dict[str, Spec] = yaml.safe_load(text("compose.yaml"))["services"]
    return found


def spec(contender: Contender) -> Spec:
    """The contender's service in compose.yaml."""
    name = contender["name"]
    assert name in services(), f"compose.yaml: no service {name}, which services/catalog.json lists"
    return services()[name]


def application(contender: Contender) -> str:
    """What its server imports: the codebase's `app`, or of a codebase of several contenders the module of its name."""
    codebase = contender["codebase"]
    module = "app" if (ROOT / f"services/{codebase}/app.py").is_file() else contender["name"]
    return f"{codebase}.{module}:app"


def hypercorn() -> dict[str, Any]:
    """The settings of hypercorn, which has options for some of them only."""
    path = "services/contender/hypercorn.toml"
    return tomllib.loads(text(path)) if (ROOT / path).is_file() else defaultdict(str)


def scripts() -> list[str]:
    """Those that are run; checkout.sh is what they begin with."""
    return [path for path in files() if path.startswith("scripts/") and not path.endswith((".md", ".sh"))]


def build_args(spec: Spec) -> dict[str, str]:
    return dict(spec.get("build", {}).get("args", {}))


def compose_defaults() -> dict[str, set[str]]:
    """Every `${VARIABLE:-default}` of the compose files: the defaults given to each variable."""
    compose = "\n".join(text(path) for path in files(".yaml") if path.startswith("compose."))
    return _defaults(r"\$\{([A-Z][A-Z_]*):-([^}]*)\}", compose)


def script_defaults() -> dict[str, set[str]]:
    """What the scripts read (`setting NAME`, `chosen NAME`), whose default is that of .env.example."""
    example = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text(".env.example"), re.MULTILINE))
    names = re.findall(r"\$\((?:setting|chosen) ([A-Z_]+)\)", "\n".join(map(text, scripts())))
    return {name: {example.get(name, "")} for name in names}


def _defaults(pattern: str, source: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, default in re.findall(pattern, source):
        found.setdefault(name, set()).add(default)
    return found


def locks() -> list[str]:
    return sorted(path.stem for path in REQUIREMENTS.glob("*.in"))


def pins(path: str) -> dict[str, str]:
    """Package to version, of a lock or of the file that it is made from; `-r` is followed."""
    source = text(f"services/requirements/{path}")
    found = {match["name"].lower(): match["version"] for match in _PIN.finditer(source)}
    for other in re.findall(r"^-r (\S+)", source, re.MULTILINE):
        found |= pins(other)
    return found


def seconds(value: str | float) -> float:
    """A time as compose.yaml (`15s`, `${X:-15}`), nginx (`500ms`, `1m`) or a server's setting (`15`) writes it."""
    match = re.fullmatch(r"(?:\$\{[A-Z_]+:-)?([0-9.]+)(ms|s|m|)\}?", str(value))
    assert match, f"{value!r} is no time that tests/contract/project.py can read"
    return float(match[1]) * _UNITS[match[2]]
