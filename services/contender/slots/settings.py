"""What a slot differs in, as the command line has it: KEY=VALUE, env.NAME=VALUE, package==version."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from contender.masking import HIDDEN, is_secret, mask_text
from contender.slots import SlotError

_PACKAGE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[A-Za-z0-9._,-]+\])?==(?P<version>[A-Za-z0-9.!+_-]+)")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
ENV = "env."

# What names a slot, places it, or has a key of its own: a slot that took it from here would be no contender.
LAB_S = ("SERVICE", "SLOT", "SCRIPT_NAME", "MOUNT_PREFIX", "HEALTH_PATH", "GRANIAN_URL_PATH_PREFIX", "PYTHONPATH")
INSTEAD = {
    "WEB_CONCURRENCY": "workers=N",
    "GRANIAN_WORKERS": "workers=N",
    "THREADS": "threads=N",
    "OBSERVE": "observe=prometheus",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Of one slot."""

    # workers, threads, cpus, memory, app, apt, python, observe, and the server's own options
    keys: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)  # name to requirement

    def image(self) -> dict[str, list[str]]:
        """What its image is built with: packages, Debian's packages, another interpreter, what it is observed with."""
        apt, observe = (list(filter(None, self.keys.get(key, "").split(","))) for key in ("apt", "observe"))
        python = self.keys.get("python", "")
        return {
            "packages": list(self.packages.values()),
            "apt": apt,
            "python": [python] if python else [],
            "observe": observe,
        }

    def modules(self) -> set[str]:
        """What the packages are imported as, by custom."""
        return {name.replace("-", "_") for name in self.packages}

    def shown(self) -> dict[str, str]:
        """As they were written, by key: on cards, and with every run, so without secrets."""
        variables = {
            f"{ENV}{name}": HIDDEN if is_secret(name) else mask_text(value) for name, value in self.variables.items()
        }
        versions = {name: each.partition("==")[2] for name, each in self.packages.items()}
        return {**self.keys, **variables, **versions}


def parse(slot: str, texts: Iterable[str]) -> Settings:
    """Raises SlotError."""
    settings = Settings()
    for text in texts:
        package = _PACKAGE.fullmatch(text)
        key, equals, value = text.partition("=")
        if package:
            _put(settings.packages, package["name"].lower().replace("_", "-"), text, f"--{slot} {text}")
        elif not equals or not key:
            raise SlotError(f"--{slot} {text}: write KEY=VALUE, env.NAME=VALUE or package==version.")
        elif value.startswith("="):
            raise SlotError(f"--{slot} {text} is not a package and a version; write gunicorn==25.3.0.")
        elif "\n" in value or "\0" in value:
            raise SlotError(f"--{slot} {key}: a value has one line.")
        elif key.startswith(ENV):
            _put(settings.variables, _variable(slot, key.removeprefix(ENV)), value, f"--{slot} {text}")
        elif not _KEY.fullmatch(key):
            raise SlotError(
                f"--{slot} {text}: {key!r} is not a key; write KEY=VALUE, env.NAME=VALUE or package==version."
            )
        else:
            _put(settings.keys, key.replace("-", "_"), value, f"--{slot} {text}")
    return settings


def _variable(slot: str, name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise SlotError(f"--{slot} env.{name}: {name!r} is not the name of a variable (letters, digits and _).")
    if name in INSTEAD:
        raise SlotError(f"--{slot} env.{name}: use {INSTEAD[name]}.")
    if name in LAB_S or name.startswith("OWN_"):
        raise SlotError(f"--{slot} env.{name}: the lab sets this variable itself; leave it out.")
    return name


def _put(values: dict[str, str], name: str, value: str, what: str) -> None:
    if name in values:
        raise SlotError(f"{what}: {name} is given twice; give it once.")
    values[name] = value
